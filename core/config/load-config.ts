import { PipelineError } from '../errors.ts';
import { faultTexts } from './config-faults.ts';
import { isPlainObject, readConfigFile } from './config-file.ts';
import { ConfigOrigins } from './config-origin.ts';
import type { ConfigOrigin } from './config-origin.ts';
import { configSchema } from './config.ts';
import type { Config, ConfigInput } from './config.ts';
import { readEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { secretsInFile } from './secrets.ts';

/** A message stays one line that can be read. */
const FAULTS_SHOWN_MAX = 20;

/** The effective configuration, and where each value comes from. */
export interface LoadedConfig {
  readonly config: Config;
  readonly origins: ConfigOrigins;
}

/**
 * The effective configuration: defaults < file < environment < command line, parsed once and frozen.
 *
 * @param file YAML file, or `null`
 * @param overrides what the command line set; `undefined` values are as if absent
 * @param environment variables `NIGHTJAR__SECTION__KEY`; others are passed over
 * @throws PipelineError CONFIG_INVALID with every fault in one line
 */
export function loadConfig(
  file: string | null,
  overrides: ConfigInput = {},
  environment: Environment = {},
): Config {
  return traceConfig(file, overrides, environment).config;
}

/** As `loadConfig`, with where each value comes from. */
export function traceConfig(
  file: string | null,
  overrides: ConfigInput = {},
  environment: Environment = {},
): LoadedConfig {
  const origins = new ConfigOrigins();
  const { content, lines } = file === null ? { content: {}, lines: [] } : readConfigFile(file);
  for (const { path, line } of lines) origins.set(path, { kind: 'file', line });
  const { values, faults } = readEnvironment(environment);
  const early = [...secretsInFile(content), ...faults];
  if (early.length > 0) throw invalid(file, early);

  let given: unknown = content;
  for (const { key, value } of values) {
    given = merged(given, nested(key.path, value));
    note(origins, { path: key.path, value, origin: { kind: 'environment', variable: key.variable } });
  }
  given = merged(given, overrides);
  note(origins, { path: [], value: overrides, origin: { kind: 'option' } });

  const result = configSchema.safeParse(given, { reportInput: true });
  if (result.success) return { config: deepFreeze(result.data), origins };
  throw invalid(
    file,
    result.error.issues.flatMap((issue) => faultTexts(issue, { given, origins })),
  );
}

/** The configuration's one line of faults, at most so many that it can be read. */
export function invalid(file: string | null, faults: readonly string[]): PipelineError {
  const shown = faults.slice(0, FAULTS_SHOWN_MAX);
  const rest = faults.length - shown.length;
  const subject = file === null ? 'the options and the environment' : `"${file}"`;
  return new PipelineError(
    'CONFIG_INVALID',
    `Cannot use ${subject} as configuration: ${shown.join('; ')}${rest === 0 ? '' : `; and ${rest} more`}`,
  );
}

/** A value inside the objects that its path names. */
function nested(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

/** `over` laid over `base`, section by section; lists and values are replaced whole. */
function merged(base: unknown, over: unknown): unknown {
  if (!isPlainObject(base) || !isPlainObject(over)) return over === undefined ? base : over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) result[key] = merged(result[key], value);
  }
  return result;
}

/** Notes the origin of all that a layer gives, as `merged` lays it over the others. */
function note(
  origins: ConfigOrigins,
  given: { readonly path: readonly string[]; readonly value: unknown; readonly origin: ConfigOrigin },
): void {
  const { path, value, origin } = given;
  if (value === undefined) return;
  if (!isPlainObject(value)) {
    origins.set(path, origin);
    return;
  }
  for (const [key, inner] of Object.entries(value))
    note(origins, { path: [...path, key], value: inner, origin });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
