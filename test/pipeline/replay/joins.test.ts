import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Metrics } from '../../../core/index.ts';
import { ReplayBench } from '../../helpers/replays.ts';
import type { ReplayCall } from '../../helpers/replays.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';
import { breakAt } from './break-points.ts';

const bench = new ReplayBench();
const catalogue = bench.path('catalogue.csv');
const ARCSEC = 1 / 3600;
let first = '';
let second = '';

before(async () => {
  // By position: one source at "a", two at "b", none at "c".
  const rows = [
    [150, 20, 15],
    [151, 20, 16],
    [151, 20 + ARCSEC, 17],
  ].map((row) => row.join(','));
  writeFileSync(catalogue, `ra,dec,gaiaGMag\n${rows.join('\n')}\n`);
  const days = (object: string, ra: number, count: number, from: number) =>
    Array.from({ length: count }, (_, i) => toyPacket(object, from + i, { ra, flux: 1000 + 100 * i }));
  first = await bench.tar('first.tar', [
    ...days('a', 150, 3, 60_000),
    ...days('b', 151, 3, 60_000),
    ...days('c', 152, 3, 60_000),
  ]);
  second = await bench.tar('second.tar', days('a', 150, 2, 60_100));
});
after(() => bench.close());

/** A folder of spectra of these objects. */
function spectraFolder(name: string, ...objects: readonly string[]): string {
  mkdirSync(bench.path(name), { recursive: true });
  for (const object of objects) {
    const samples = Array.from({ length: 200 }, (_, i) => `${3800 + 25 * i} ${10 + (i % 7)} 1`);
    writeFileSync(bench.path(name, `${object}_1.txt`), `# object: ${object}\n${samples.join('\n')}\n`);
  }
  return bench.path(name);
}

function replay(out: string, call: Partial<ReplayCall> = {}) {
  return bench.replay({ paths: [first], config: TOY_CONFIG, ...call, out });
}

/** Object, cause, mask and revision of each score, those of a cause alone where one is given. */
function told(out: string, cause?: string): readonly string[] {
  return bench
    .scores(out)
    .filter((score) => cause === undefined || score.cause === cause)
    .map(({ objectId, cause, mask, revision }) => `${objectId} ${cause} ${mask} ${revision}`);
}

async function counted(metrics: Metrics, name: string): Promise<readonly string[]> {
  const lines = (await metrics.exposition()).split('\n').filter((line) => line.startsWith(`${name}{`));
  return lines.map((line) => line.slice(name.length)).sort();
}

test('a catalogue gives its metadata to the objects that it matches, and counts how', async () => {
  const metrics = new Metrics();
  await replay('catalogue', { metadata: catalogue, metrics });
  assert.deepEqual(
    told('catalogue').filter((line) => line.endsWith('2')),
    ['a alert PM 2', 'b alert PM 2', 'c alert P 2'],
  );
  assert.deepEqual(await counted(metrics, 'nightjar_join_metadata_matches_total'), [
    '{result="ambiguous"} 2',
    '{result="none"} 2',
    '{result="single"} 2',
  ]);
});

test('a folder of spectra gives S from the first alert of its objects', async () => {
  const metrics = new Metrics();
  const spectra = spectraFolder('early', 'a', 'c');
  const summary = await replay('early-out', { spectra, metadata: catalogue, metrics });
  assert.deepEqual(summary.spectra, { taken: 2, rejected: 0 });
  assert.deepEqual(told('early-out'), [
    ...['a alert PMS 2', 'b alert PM 2', 'c alert PS 2'],
    ...['a alert PMS 3', 'b alert PM 3', 'c alert PS 3'],
  ]);
  assert.deepEqual(await counted(metrics, 'nightjar_join_records_total'), [
    '{kind="spectrum",result="taken"} 2',
  ]);
});

test('a bad spectrum is counted and does not stop the replay', async () => {
  const spectra = spectraFolder('bad', 'a');
  writeFileSync(`${spectra}/b_1.txt`, '# object: b\n4000 1 1\n');
  writeFileSync(`${spectra}/c_1.fits`, 'SIMPLE  = nothing');
  const metrics = new Metrics();
  const summary = await replay('bad-out', { spectra, metrics });
  assert.deepEqual(summary.spectra, { taken: 1, rejected: 2 });
  assert.equal(summary.ledger.balanced, true);
  assert.deepEqual(await counted(metrics, 'nightjar_join_records_total'), [
    '{kind="spectrum",result="rejected"} 2',
    '{kind="spectrum",result="taken"} 1',
  ]);
  assert.deepEqual([...new Set(told('bad-out').map((line) => line.split(' ')[2]))], ['PS', 'P']);
});

test('spectra added later score their objects again, once, with no new packets at all', async () => {
  await replay('later');
  const before = bench.scores('later').length;
  const spectra = spectraFolder('later-spectra', 'a', 'b');
  await replay('later', { spectra });
  assert.deepEqual(told('later').slice(before), ['a spectrum PS 4', 'b spectrum PS 4']);
  const [score] = bench.scores('later').slice(before);
  assert.deepEqual(
    [score?.mjdTai, score?.alertId, score?.points, score?.source],
    [60_002, '60002000', 3, { file: `${spectra}/a_1.txt`, index: 0 }],
  );
  await replay('later', { spectra });
  assert.equal(bench.scores('later').length, before + 2);
});

test('spectra added with a further archive score before its packets, once', async () => {
  await replay('further');
  const before = bench.scores('further').length;
  const spectra = spectraFolder('further-spectra', 'a');
  await replay('further', { paths: [first, second], spectra });
  assert.deepEqual(told('further').slice(before), ['a spectrum PS 4', 'a alert PS 5', 'a alert PS 6']);
  await replay('further', { paths: [first, second], spectra });
  assert.equal(bench.scores('further').length, before + 3);
});

test('a spectrum of an object that has too few points makes no score, and is seen when it has enough', async () => {
  const one = await bench.tar('one.tar', [toyPacket('a', 60_000)]);
  await replay('few', { paths: [one] });
  const spectra = spectraFolder('few-spectra', 'a');
  await replay('few', { paths: [one], spectra });
  assert.deepEqual(told('few'), []);
  await replay('few', { paths: [one, second], spectra });
  assert.deepEqual(told('few'), ['a alert PS 3', 'a alert PS 4']);
});

/** Replays with spectra that came after a finished replay, stopped at each point in turn and made again. */
async function sweepLateSpectra(method: 'transact' | 'writeJson', when: 'before' | 'after'): Promise<number> {
  const spectra = spectraFolder('swept', 'a', 'b', 'c');
  const late = { paths: [first, second], spectra };
  await replay('unswept');
  await replay('unswept', late);
  for (let call = 1; ; call++) {
    const out = `swept-${method}-${when}-${call}`;
    await replay(out);
    const broken = breakAt({ method, when, call }, () => {
      throw new Error('stopped here');
    });
    const isWhole = await replay(out, late).then(
      () => true,
      () => false,
    );
    broken.restore();
    if (isWhole) return call - 1;
    await replay(out, late);
    assert.deepEqual(bench.output(out), bench.output('unswept'), out);
  }
}

test('spectra added later score once also when the replay is stopped after any change of the store', async () => {
  assert.ok((await sweepLateSpectra('transact', 'after')) >= 5);
});

test('spectra added later score once also when the replay is stopped before any checkpoint', async () => {
  assert.ok((await sweepLateSpectra('writeJson', 'before')) >= 5);
});

test('spectra that come between a stopped call and the next score once, whatever their order', async () => {
  const spectra = spectraFolder('between', 'b', 'c');
  await replay('between-out');
  const broken = breakAt({ method: 'transact', when: 'after', call: 3 }, () => {
    throw new Error('stopped here');
  });
  await assert.rejects(replay('between-out', { spectra }), /stopped here/);
  broken.restore();
  spectraFolder('between', 'a');
  const config = { ...TOY_CONFIG, pipeline: { batchPackets: 4 } };
  await replay('between-out', { spectra, config });
  await replay('between-out', { spectra, config });
  assert.deepEqual(told('between-out', 'spectrum').toSorted(), [
    'a spectrum PS 4',
    'b spectrum PS 4',
    'c spectrum PS 4',
  ]);
});
