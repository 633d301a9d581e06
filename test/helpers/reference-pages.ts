import { z } from 'zod';
import { METRICS, configSchema } from '../../core/index.ts';

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

/** docs/config.md as the configuration's schema has it. */
export function configPage(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return page('Configuration', [
    'One YAML file, given with `--config`; options of the command line win over it, and it wins over the defaults.',
    'Unknown keys are errors. Keys are `section.key`.',
    '',
    '| key | type | default | meaning |',
    '|---|---|---|---|',
    ...rowsOf(schema, ''),
  ]);
}

/** docs/metrics.md as the table of metrics has it. */
export function metricsPage(): string {
  return page('Metrics', [
    'Served on `/metrics` in Prometheus text format while a run lasts (`metrics.port`, `--metrics-port`). Labels are bounded',
    'sets; none is an object.',
    '',
    '| metric | type | labels | meaning |',
    '|---|---|---|---|',
    ...Object.entries(METRICS).map(
      ([name, { type, labels, help }]) => `| \`${name}\` | ${type} | ${labels.join(', ') || '–'} | ${help} |`,
    ),
  ]);
}

function page(title: string, lines: readonly string[]): string {
  return `# ${title}\n\n${lines.join('\n')}\n`;
}

function rowsOf(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = `${prefix}${key}`;
    if (property.properties !== undefined && prefix === '') return rowsOf(property, `${name}.`);
    return [
      `| \`${name}\` | ${typeText(property)} | ${defaultText(property)} | ${property.description ?? ''} |`,
    ];
  });
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' or ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const range = low === undefined ? '' : ` ${schema.minimum === undefined ? '>' : '≥'} ${low}`;
  const high =
    schema.maximum === undefined || schema.maximum >= Number.MAX_SAFE_INTEGER ? '' : `, ≤ ${schema.maximum}`;
  const type = [schema.type ?? 'any'].flat().join(' or ');
  return `${type}${range}${high}`;
}

function defaultText(schema: JsonSchema): string {
  const text = schema.default === undefined ? '–' : JSON.stringify(schema.default);
  return text.length <= 40 ? text : 'built in';
}
