import { isDeepStrictEqual } from 'node:util';
import Table from 'cli-table3';
import { Command } from 'commander';
import {
  configKeys,
  configNotices,
  loadConfig,
  maskedConfig,
  originText,
  traceConfig,
  valueAt,
} from '../core/index.ts';
import type { KeySchema, LoadedConfig } from '../core/index.ts';

/** Longer values are cut in the table; `--json` has them whole. */
const VALUE_SHOWN_MAX = 72;

interface CheckFlags {
  readonly all?: true;
  readonly json?: true;
}

/** One key of the effective configuration, secrets masked. */
interface ConfigRow {
  readonly key: string;
  readonly value: unknown;
  readonly default: unknown;
  readonly origin: string;
}

/** `nightjar check-config [FILE]`: whether a configuration is valid, and what it comes to; asks nothing of the network. */
export function createCheckConfigCommand(): Command {
  return new Command('check-config')
    .description('Check a configuration with its environment, and show what is in effect')
    .argument('[file]', 'YAML configuration; without one, the environment alone')
    .option('--all', 'show every key, not only what differs from the defaults')
    .option('--json', 'print one JSON line, with the whole configuration')
    .action((file: string | undefined, { all, json }: CheckFlags) => {
      const loaded = traceConfig(file ?? null, {}, process.env);
      const notices = configNotices(loaded.config);
      const rows = rowsOf(loaded);
      const changed = rows.filter(({ value, default: usual }) => !isDeepStrictEqual(value, usual));
      if (json === true) {
        const config = maskedConfig(loaded.config);
        process.stdout.write(
          `${JSON.stringify({ file: file ?? null, valid: true, notices, changed, config })}\n`,
        );
        return;
      }
      for (const notice of notices) process.stderr.write(`nightjar: notice: ${notice}\n`);
      process.stdout.write(`${tableOf(all === true ? rows : changed)}\nConfiguration is valid\n`);
    });
}

/** Every key with its effective value, except objects whose own keys are rows; each source is a row of its own. */
function rowsOf({ config, origins }: LoadedConfig): readonly ConfigRow[] {
  const shown = maskedConfig(config);
  const usual = loadConfig(null);
  const from = (path: readonly PropertyKey[]): string => originText(origins.of(path)) || 'default';
  return configKeys().flatMap(({ path, name, schema }): readonly ConfigRow[] => {
    const value = valueAt(shown, path);
    if (value === undefined || isOutline(name, value)) return [];
    if (name === 'sources')
      return shown.sources.map((source, index) => ({
        key: `sources[${index}]`,
        value: withoutDefaults(source, schema.items?.properties ?? {}),
        default: null,
        origin: from([...path, index]),
      }));
    return [{ key: name, value, default: valueAt(usual, path) ?? schema.default, origin: from(path) }];
  });
}

/** What was set in an object of a list. */
function withoutDefaults(value: object, properties: Readonly<Record<string, KeySchema>>): object {
  return Object.fromEntries(
    Object.entries(value).filter(([key, inner]) => !isDeepStrictEqual(inner, properties[key]?.default)),
  );
}

/** Whether a key holds an object whose keys are listed by themselves. */
function isOutline(name: string, value: unknown): boolean {
  return value !== null && configKeys().some((key) => key.name.startsWith(`${name}.`));
}

function tableOf(rows: readonly ConfigRow[]): string {
  if (rows.length === 0) return 'Everything is at its default';
  const table = new Table({
    head: ['key', 'value', 'default', 'from'],
    style: { head: [], border: [], compact: true },
  });
  for (const { key, value, default: usual, origin } of rows)
    table.push([key, shownText(value), shownText(usual ?? null), origin]);
  return table.toString();
}

function shownText(value: unknown): string {
  const text = JSON.stringify(value).replaceAll(/\p{Cc}/gu, '?');
  return text.length > VALUE_SHOWN_MAX ? `${text.slice(0, VALUE_SHOWN_MAX)}…` : text;
}
