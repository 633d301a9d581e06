import { METRICS, configKeys } from '../../core/index.ts';
import type { KeySchema } from '../../core/index.ts';
import { trainingKeys } from './training-keys.ts';
import type { TrainingKeySchema } from './training-keys.ts';

/** docs/config.md as the configuration's schema has it. */
export function configPage(): string {
  return page('Configuration', [
    'One YAML file, given with `--config`. Each key can be set by an environment variable too, and some by an option:',
    'defaults < file < environment < command line. Unknown keys, and unknown variables that begin with `NIGHTJAR__`, are',
    'errors. `nightjar check-config FILE` says what is in effect, and where each value comes from.',
    '',
    'A variable is named after its key: `window.pointsMin` is `NIGHTJAR__WINDOW__POINTS_MIN`. Keys of text take its value as',
    'it is (`null` for none); all others take it as YAML: `NIGHTJAR__KAFKA__BROKERS=[a:9092, b:9092]`, and',
    '`NIGHTJAR__SOURCES` holds the whole list. An empty variable is as if it were not set.',
    '',
    'Secrets are refused in the file: they come by variable, or from a file that a `…File` key names.',
    '',
    '| key | type | default | meaning | variable |',
    '|---|---|---|---|---|',
    ...configKeys().flatMap(({ name, schema, variable }) => [
      keyRow(name, schema, `\`${variable}\``),
      ...Object.entries(schema.items?.properties ?? {})
        .filter(([, { description }]) => description !== undefined)
        .map(([key, inner]) => keyRow(`${name}[].${key}`, inner, '–')),
    ]),
  ]);
}

/** docs/training-config.md as the training's schema has it. */
export function trainingConfigPage(): string {
  return page('Configuration of a training', [
    'One YAML file, given to `nightjar train` with `--config`; docs/training.md shows one. Unknown keys are errors. The keys of',
    'a kind stand beside `kind`: `optimiser(adam).beta1` is `beta1` in an `optimiser` whose `kind` is `adam`. `seed` is 1 by default.',
    '',
    '| key | type | default | meaning |',
    '|---|---|---|---|',
    ...trainingKeys().map(
      ({ name, schema }) =>
        `| \`${name}\` | ${trainingTypeText(schema)} | ${defaultText(schema)} | ${schema.description ?? ''} |`,
    ),
  ]);
}

function trainingTypeText(schema: TrainingKeySchema): string {
  if (schema.const !== undefined) return schema.const;
  if (schema.oneOf !== undefined)
    return `kind: ${schema.oneOf.map((kind) => kind.properties?.['kind']?.const ?? 'any').join(' or ')}`;
  return typeText(schema);
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

function keyRow(name: string, schema: KeySchema, variable: string): string {
  return `| \`${name}\` | ${typeText(schema)} | ${defaultText(schema)} | ${schema.description ?? ''} | ${variable} |`;
}

function typeText(schema: KeySchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' or ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const range = low === undefined ? '' : ` ${schema.minimum === undefined ? '>' : '≥'} ${low}`;
  const high =
    schema.maximum === undefined || schema.maximum >= Number.MAX_SAFE_INTEGER ? '' : `, ≤ ${schema.maximum}`;
  const type = [schema.type ?? 'any'].flat().join(' or ');
  return `${type}${range}${high}`;
}

function defaultText(schema: KeySchema): string {
  const text = schema.default === undefined ? '–' : JSON.stringify(schema.default);
  return text.length <= 40 ? text : 'built in';
}
