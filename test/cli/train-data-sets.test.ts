import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openRelease, readObjectIndex, readSafetensors } from '../../model/index.ts';
import { nightjar } from '../helpers/nightjar.ts';
import type { NightjarRun } from '../helpers/nightjar.ts';
import { numbersOf } from '../helpers/run-graph.ts';
import { SMALL_ALERTS_TRAINING } from '../helpers/small-alerts-training.ts';
import { SMALL_TRAINING } from '../helpers/small-training.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';
import { writeParquet } from '../helpers/write-parquet.ts';

/** One row of a table of light curves and spectra; what is not given is as in any row. */
interface Row {
  readonly id: string | null;
  readonly cls?: string;
  readonly mjd?: readonly number[];
  readonly value?: readonly number[];
  readonly err?: readonly number[];
  readonly band?: readonly string[];
  readonly wave?: readonly number[];
}

const POINTS = 12;
const SAMPLES = 120;
const steps = (of: (i: number) => number): number[] => Array.from({ length: POINTS }, (_, i) => of(i));
const samples = (of: (i: number) => number): number[] => Array.from({ length: SAMPLES }, (_, i) => of(i));

function select({ id, ...given }: Row, row: number): string {
  const cls = given.cls ?? (row % 2 === 0 ? 'EW' : 'RRAB');
  const mjd = given.mjd ?? steps((i) => 58_000 + 1.37 * i);
  const value = given.value ?? steps((i) => 16 + Math.sin(i * (1 + row / 7)));
  const err = given.err ?? value.map(() => 0.02);
  const band = given.band ?? mjd.map((_, i) => (i % 2 === 0 ? 'g' : 'r'));
  const wave = given.wave ?? samples((i) => 3900 + 40 * i);
  const numbers = (list: readonly number[]): string => `[${list.map((n) => `${n}::DOUBLE`).join(', ')}]`;
  return (
    `SELECT ${id === null ? 'NULL' : `'${id}'`} AS id, '${cls}' AS cls, 'mag' AS unit, ` +
    `${numbers(mjd)} AS mjd, ${numbers(value)} AS value, ${numbers(err)} AS err, ` +
    `[${band.map((name) => `'${name}'`).join(', ')}] AS band, ` +
    `${numbers(wave)} AS wave, ${numbers(wave.map((_, i) => 5 + Math.cos(i * row)))} AS flux, ` +
    `${row / 10}::DOUBLE AS parallax, ${14 + row / 10}::DOUBLE AS phot_g_mean_mag`
  );
}

async function writeTable(file: string, rows: readonly Row[]): Promise<void> {
  await writeParquet(file, rows.map(select).join(' UNION ALL '));
}

const wholeRows = (count: number): Row[] => Array.from({ length: count }, (_, i) => ({ id: `o${i}` }));

const PROFILES = { paper: SMALL_TRAINING, alerts: SMALL_ALERTS_TRAINING } as const;

interface Trained extends NightjarRun {
  readonly args: readonly string[];
  readonly out: string;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Trains a small model of a profile for an epoch. */
async function trained(
  context: TestContext,
  profile: keyof typeof PROFILES,
  data: readonly string[],
): Promise<Trained> {
  const folder = await temporaryFolder(context);
  const config = path.join(folder, 'training.yaml');
  const changes = { epochs: 1, objective: { clip: {}, classes: {} }, data: { testRatio: 0 } };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify({ ...PROFILES[profile], ...changes }));
  const out = path.join(folder, 'out');
  const args = ['train', '--config', config, '--out', out, '--threads', '1', '--json', ...data];
  const run = await nightjar(...args);
  assert.equal(run.status, 0, run.err);
  return { ...run, args, out, summary: JSON.parse(run.out) as Trained['summary'] };
}

test('train makes a release of a table, which evaluate takes, and does nothing when started again', async (context) => {
  const folder = await temporaryFolder(context);
  const table = path.join(folder, 'objects.parquet');
  await writeTable(table, wholeRows(40));
  const { args, out, err, summary } = await trained(context, 'paper', ['--data', table]);
  assert.equal(err, '', 'nothing is left out');
  assert.equal(summary['steps'], 4);
  const { manifest } = await openRelease(path.join(out, 'release'));
  assert.ok(manifest.profile === 'paper');
  assert.equal(manifest.weights.origin, 'trained');
  assert.deepEqual(manifest.model.head?.classes, ['EW', 'RRAB']);
  assert.ok(manifest.model.preprocessing.metadata !== null);

  const again = await nightjar(...args);
  assert.equal((JSON.parse(again.out) as Trained['summary'])['wasFinished'], true, again.err);

  const report = path.join(folder, 'report');
  const evaluated = await nightjar(
    ...['evaluate', '--release', path.join(out, 'release'), '--data', table, '--out', report],
    ...['--tasks', 'retrieval', '--json'],
  );
  assert.equal(evaluated.status, 0, evaluated.err);
  const embedded = JSON.parse(evaluated.out.split('\n')[0] ?? '') as Readonly<Record<string, unknown>>;
  assert.deepEqual([embedded['task'], embedded['n']], ['embed', 40]);
});

/** The objects that a training prepared. */
function preparedFile(out: string): string {
  const names = readdirSync(path.join(out, 'data')).filter((name) =>
    /^objects-\w{12}\.safetensors$/.test(name),
  );
  assert.equal(names.length, 1);
  return path.join(out, 'data', names[0] ?? '');
}

test('train makes a release of simulated objects', async (context) => {
  const { out } = await trained(context, 'alerts', ['--simulate', 'ztf:40']);
  const { manifest } = await openRelease(path.join(out, 'release'));
  assert.equal(manifest.profile, 'alerts');
  assert.equal(manifest.weights.origin, 'trained');
  assert.equal((await readObjectIndex(preparedFile(out))).length, 40);
});

const GOOD = 24;
/** What is odd of each row behind the good ones. */
const ODD = {
  onePoint: { mjd: [58_000], value: [16], band: ['g'] },
  equal: { value: steps(() => 16) },
  zeroErrors: { err: steps(() => 0) },
  repeated: { mjd: steps((i) => 58_000 + Math.floor(i / 3)), value: steps((i) => 16 + Math.floor(i / 3)) },
  farEpoch: { mjd: [...steps((i) => 58_000 + i).slice(1), 58_000 + 5e6] },
  noClass: { cls: '' },
  infrared: { wave: samples((i) => 20_000 + 40 * i) },
  noPoints: { mjd: [], value: [], err: [], band: [] },
  unlikeLists: { mjd: [58_000, 58_001] },
} as const satisfies Readonly<Record<string, Omit<Row, 'id'>>>;

for (const profile of ['paper', 'alerts'] as const) {
  test(`train of the ${profile} profile goes on over rows that are odd or bad, and names them by file and row`, async (context) => {
    const file = path.join(await temporaryFolder(context), 'odd.parquet');
    const odd = Object.entries(ODD).map(([id, row]) => ({ id, ...row }));
    await writeTable(file, [...wholeRows(GOOD), ...odd, { id: null }, { id: 'o0' }]);
    const { out, err, summary } = await trained(context, profile, ['--data', file]);
    assert.equal(summary['end'], 'epochs');
    const data = preparedFile(out);
    const objects = await readObjectIndex(data);
    const ids = objects.map(({ objectId }) => objectId);
    assert.deepEqual(ids.slice(GOOD), Object.keys(ODD));
    assert.equal(objects[ids.indexOf('noClass')]?.className, null);
    const tensors = await readSafetensors(data);
    const has = (modality: string, id: string): number | undefined =>
      numbersOf(tensors.get(`in.present.${modality}`))[ids.indexOf(id)];
    assert.equal(has('spectra', 'infrared'), 0);
    assert.equal(has('spectra', 'equal'), 1);
    for (const id of ['onePoint', 'equal', 'zeroErrors', 'repeated', 'farEpoch'])
      assert.equal(has('photometry', id), 1, id);
    assert.equal(has('photometry', 'unlikeLists'), 0);

    const places = err.split('\n').flatMap((line) => {
      const [, row] = /^nightjar: row (\d+) of "[^"]+odd\.parquet": /.exec(line) ?? [];
      return row === undefined ? [] : [Number(row)];
    });
    const rowOf = (id: keyof typeof ODD): number => GOOD + Object.keys(ODD).indexOf(id);
    const bad = [rowOf('farEpoch'), rowOf('unlikeLists'), GOOD + odd.length, GOOD + odd.length + 1];
    assert.deepEqual(
      [...new Set(places)].sort((a, b) => a - b),
      bad,
      err,
    );
  });
}

test('train says in one line that a table has no object to train on', async (context) => {
  const folder = await temporaryFolder(context);
  const table = path.join(folder, 'objects.parquet');
  await writeTable(table, wholeRows(4));
  const config = path.join(folder, 'training.yaml');
  writeFileSync(config, JSON.stringify({ ...SMALL_TRAINING, data: { survey: 'gaia' } }));
  const args = ['train', '--config', config, '--out', path.join(folder, 'out'), '--data', table];
  const { status, err } = await nightjar(...args);
  assert.equal(status, 1);
  assert.match(err, /^nightjar: DATA_SET_INVALID: Cannot train on "[^"]+objects\.parquet" as [^\n]+\n$/);
});
