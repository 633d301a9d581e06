import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse as parseYaml } from 'yaml';
import {
  ERROR_INFO,
  assertServiceConfig,
  configKeys,
  configNotices,
  configSchema,
  loadConfig,
  parseConfigFile,
} from '../core/index.ts';
import { trainingSchema } from '../model/index.ts';
import { configFile } from './helpers/config-file.ts';
import { configPage, metricsPage, trainingConfigPage } from './helpers/reference-pages.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

function read(...parts: string[]): string {
  return readFileSync(path.join(ROOT, ...parts), 'utf8');
}

for (const [name, page] of [
  ['config.md', configPage],
  ['metrics.md', metricsPage],
  ['training-config.md', trainingConfigPage],
] as const) {
  test(`docs/${name} is what the code says (NIGHTJAR_UPDATE_DOCS=1 writes it)`, () => {
    if (process.env['NIGHTJAR_UPDATE_DOCS'] === '1') writeFileSync(path.join(ROOT, 'docs', name), page());
    assert.equal(read('docs', name), page());
  });
}

test('docs/errors.md explains every error code, with its stage and whether it may be tried again', () => {
  const rows = new Map(
    read('docs', 'errors.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map((cells) => [cells[1]?.replaceAll('`', ''), cells] as const),
  );
  for (const [code, { stage, retryable }] of Object.entries(ERROR_INFO)) {
    const row = rows.get(code);
    assert.ok(row !== undefined, `${code} has no row`);
    assert.equal(row[2], stage, `${code}: stage`);
    assert.equal(row[3], retryable ? 'yes' : 'no', `${code}: retryable`);
    assert.ok((row[4] ?? '').length > 20, `${code}: explanation`);
  }
});

test('docs/surveys.md shows a mapping that the configuration takes', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs', 'surveys.md')) ?? [];
  const { decode } = configSchema.parse(parseYaml(example));
  assert.equal(decode.mappings[0]?.survey, 'mysurvey');
});

test('docs/operations.md shows a configuration that the service takes', async (context) => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(read('docs', 'operations.md')) ?? [];
  const config = loadConfig(await configFile(context, example));
  assertServiceConfig(config);
  assert.deepEqual(configNotices(config), []);
});

test('docs/training.md shows configurations that a training takes, of both profiles', async (context) => {
  const examples = [...read('docs', 'training.md').matchAll(/```yaml\n([\s\S]*?)```/g)];
  const profiles = new Set<string>();
  for (const [, example = ''] of examples)
    profiles.add(parseConfigFile(await configFile(context, example), trainingSchema).profile);
  assert.deepEqual([...profiles].sort(), ['alerts', 'paper']);
});

test('docs/training.md names every key of a training', () => {
  const page = read('docs', 'training.md');
  for (const key of Object.keys(trainingSchema.parse({})))
    assert.ok(new RegExp(`\\b${key}\\b`).test(page), `${key} is not explained`);
});

test('docs/operations.md names only variables that there are', () => {
  const known = new Set(configKeys().map(({ variable }) => variable));
  const named = [...read('docs', 'operations.md').matchAll(/NIGHTJAR__[A-Z0-9_]*[A-Z0-9]/g)].map(
    ([name]) => name,
  );
  assert.ok(named.length > 5);
  for (const name of named) assert.ok(known.has(name), name);
});

test('docs/dependencies.md has a row for every runtime dependency and no other', () => {
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  const rows = [...read('docs', 'dependencies.md').matchAll(/^\| `([^`]+)` *\|/gm)].map((match) => match[1]);
  assert.deepEqual(rows.sort(), Object.keys(dependencies).sort());
});

test('ARCHITECTURE.md names only paths that exist, in at most 150 lines', () => {
  const text = read('ARCHITECTURE.md');
  assert.ok(text.trimEnd().split('\n').length <= 150);
  const paths = [...text.matchAll(/`([a-z][\w./-]*(?:\/|\.(?:ts|md|json)))`/g)].map(
    (match) => match[1] ?? '',
  );
  assert.ok(paths.length > 20, 'paths are found');
  for (const named of paths) assert.ok(existsSync(path.join(ROOT, named)), `${named} does not exist`);
});

test('No committed file names a package registry', () => {
  assert.ok(!/"resolved":\s*"http/.test(read('package-lock.json')));
});
