import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { objectKey } from '../../../core/index.ts';
import { openLmdbStore } from '../../../streams/index.ts';
import { simulateNight } from '../../../simulator/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { ReplayBench, nonZero } from '../../helpers/replays.ts';

const bench = new ReplayBench();
let first = '';
let second = '';
const catalogue = bench.path('catalogue.csv');

before(async () => {
  // Both archives have alerts of the same objects, in turn.
  const packets = [...simulateNight({ survey: 'ztf', seed: 5, alerts: 48, nights: 8, withCutouts: false })];
  first = await bench.tar(
    'first.tar',
    packets.filter((_, i) => i % 3 !== 1),
  );
  second = await bench.tar(
    'second.tar',
    packets.filter((_, i) => i % 3 === 1),
  );
  writeFileSync(catalogue, 'ra,dec,gaiaGMag\n10,20,15\n');
  await bench.replay({ paths: [first], out: 'whole' });
});
after(() => bench.close());

/** What `lightcurves` shows of every object: nothing that depends on the order of arrival. */
async function lightCurves(out: string): Promise<readonly string[]> {
  const store = await openLmdbStore({ mode: 'read', folder: bench.path(out, 'store') });
  const lines: string[] = [];
  for await (const { key, lightCurve, spectrum } of store.objects()) {
    const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);
    lines.push(JSON.stringify({ key, lightCurve, spectrum: spectrum?.spectrumId ?? null }, text));
  }
  await store.close();
  return lines;
}

test('replay() ends every packet in one place and scores each revision of an object once', () => {
  const ledger = JSON.parse(bench.text('whole', 'ledger.json')) as {
    readonly total: Readonly<Record<string, number>>;
    readonly sources: readonly { readonly source: string; readonly consumed: number }[];
    readonly balanced: boolean;
  };
  const scores = bench.scores('whole');
  assert.equal(ledger.balanced, true);
  assert.deepEqual(
    ledger.sources.map(({ source, consumed }) => [source, consumed]),
    [[first, 32]],
  );
  assert.equal(ledger.total['consumed'], 32);
  assert.equal((ledger.total['scored'] ?? 0) + (ledger.total['held'] ?? 0), 32);
  assert.equal(scores.length, ledger.total['scored']);
  const revisions = scores.map((score) => `${objectKey(score.survey, score.objectId)} ${score.revision}`);
  assert.equal(new Set(revisions).size, scores.length);
  const positions = scores.map(({ source }) => JSON.stringify(source));
  assert.equal(new Set(positions).size, scores.length);
});

test('replay() gives the same bytes twice', async () => {
  await bench.replay({ paths: [first], out: 'twice' });
  assert.deepEqual(bench.output('twice'), bench.output('whole'));
});

test('replay() in stored order gives what event order does where an archive is in order', async () => {
  const config = { archive: { order: 'stored' } } as const;
  await bench.replay({ paths: [first], out: 'stored', config });
  assert.equal(bench.text('stored', 'scores.jsonl'), bench.text('whole', 'scores.jsonl'));
});

test('replay() of several archives is in order of time, and in stored order one after the other', async () => {
  const paths = [second, first];
  const stored = { archive: { order: 'stored' } } as const;
  await bench.replay({ paths, out: 'merged' });
  await bench.replay({ paths, out: 'one-by-one', config: stored });
  const times = bench.scores('merged').map(({ mjdTai }) => mjdTai);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  const files = bench.scores('one-by-one').map(({ source }) => ('file' in source ? source.file : ''));
  assert.deepEqual([...new Set(files)], paths);
  assert.ok(files.lastIndexOf(second) < files.indexOf(first));
});

test('replay() of archives in reverse order ends with the same light curves', async () => {
  const stored = { archive: { order: 'stored' } } as const;
  await bench.replay({ paths: [first, second], out: 'reverse', config: stored });
  assert.deepEqual(await lightCurves('reverse'), await lightCurves('one-by-one'));
  assert.deepEqual(await lightCurves('reverse'), await lightCurves('merged'));
});

test('replay() with a limit, and again, ends with the bytes of one call', async () => {
  const call = { paths: [first], out: 'limited' };
  const early = await bench.replay({ ...call, limit: 13 });
  assert.equal(early.isComplete, false);
  assert.equal(early.ledger.total.consumed, 13);
  assert.equal(
    (JSON.parse(bench.text('limited', 'manifest.json')) as { isComplete: boolean }).isComplete,
    false,
  );
  await bench.replay({ ...call, limit: 1 });
  const last = await bench.replay(call);
  assert.equal(last.isComplete, true);
  assert.deepEqual(bench.output('limited'), bench.output('whole'));
});

test('replay() with a limit that is the number of packets is complete', async () => {
  const { isComplete } = await bench.replay({ paths: [first], out: 'exact', limit: 32 });
  assert.equal(isComplete, true);
  assert.deepEqual(bench.output('exact'), bench.output('whole'));
});

test('replay() stopped by its signal before it begins does nothing, and the same call does it all', async () => {
  const signal = AbortSignal.abort();
  const stopped = await bench.replay({ paths: [first], out: 'stopped', signal });
  assert.equal(stopped.isComplete, false);
  assert.equal(stopped.ledger.total.consumed, 0);
  await bench.replay({ paths: [first], out: 'stopped' });
  assert.deepEqual(bench.output('stopped'), bench.output('whole'));
});

test('replay() adds a second archive to a folder, as if both had come one after the other', async () => {
  await bench.replay({ paths: [second], out: 'added' });
  const { ledger } = await bench.replay({ paths: [first, second], out: 'added' });
  assert.deepEqual(
    ledger.sources.map(({ source, consumed }) => [source, consumed]),
    [
      [second, 16],
      [first, 32],
    ],
  );
  assert.equal(bench.text('added', 'scores.jsonl'), bench.text('one-by-one', 'scores.jsonl'));
  const { inputs } = JSON.parse(bench.text('added', 'manifest.json')) as { inputs: { file: string }[] };
  assert.deepEqual(
    inputs.map(({ file }) => file),
    [second, first],
  );
});

test('replay() of a finished archive does nothing', async () => {
  const before = bench.output('twice');
  const { isComplete, ledger } = await bench.replay({ paths: [first], out: 'twice' });
  assert.equal(isComplete, true);
  assert.equal(ledger.total.consumed, 32);
  assert.deepEqual(bench.output('twice'), before);
});

test('replay() counts the packets of a copy of an archive as duplicates, without a score', async () => {
  const copy = bench.path('copy.tar');
  copyFileSync(first, copy);
  const { ledger } = await bench.replay({ paths: [first, copy], out: 'copied' });
  assert.equal(ledger.total.duplicate, 32);
  assert.equal(ledger.balanced, true);
  assert.equal(bench.scores('copied').length, bench.scores('whole').length);
  assert.deepEqual(await lightCurves('copied'), await lightCurves('whole'));
});

test('replay() refuses to go on with an interrupted run of other inputs or settings, and changes nothing', async () => {
  const call = { paths: [first], out: 'mismatch' };
  await bench.replay({ ...call, limit: 10 });
  const before = bench.output('mismatch');
  const others = [
    [{ paths: [second] }, 'inputs'],
    [{ paths: [first, second] }, 'inputs'],
    [{ config: { window: { pointsMin: 4 } } }, 'settings'],
    [{ config: { score: { neighbours: 3 } } }, 'settings'],
    [{ config: { archive: { order: 'stored' } } }, 'settings'],
    [{ metadata: catalogue }, 'settings'],
    [{ spectra: bench.folder }, 'settings'],
  ] as const;
  for (const [other, word] of others) {
    await assert.rejects(bench.replay({ ...call, ...other }), hasCode('REPLAY_MISMATCH', word, '10 packets'));
  }
  assert.deepEqual(bench.output('mismatch'), before);
  await bench.replay(call);
  assert.deepEqual(bench.output('mismatch'), bench.output('whole'));
});

test('replay() allows other settings when the run before is finished', async () => {
  await bench.replay({ paths: [first], out: 'resettled' });
  const metadata = catalogue;
  const { ledger } = await bench.replay({ paths: [second], out: 'resettled', metadata });
  assert.deepEqual(nonZero(ledger.total)['consumed'], 48);
  const { settings } = JSON.parse(bench.text('resettled', 'manifest.json')) as {
    settings: { device: string; catalogue: { file: string } };
  };
  assert.equal(settings.catalogue.file, metadata);
  assert.equal(settings.device, 'cpu');
});

test('replay() refuses to go on without the store that belongs to the folder', async () => {
  await bench.replay({ paths: [first], out: 'storeless', limit: 10 });
  rmSync(bench.path('storeless', 'store'), { recursive: true });
  const again = bench.replay({ paths: [first], out: 'storeless' });
  await assert.rejects(again, hasCode('STORE_UNREADABLE', 'storeless'));
});

test('replay() names the folder that the user named as the source of the files below it', async () => {
  const folder = bench.path('nights');
  mkdirSync(folder);
  copyFileSync(first, `${folder}/a.tar`);
  copyFileSync(second, `${folder}/b.tar`);
  const { ledger } = await bench.replay({ paths: [`${folder}/`], out: 'by-folder' });
  assert.deepEqual(
    ledger.sources.map(({ source, consumed }) => [source, consumed]),
    [[`${folder}/`, 48]],
  );
});

test('replay() of LSST messages reads their schema from a folder', async () => {
  const lsst = await bench.night('lsst.tar', { survey: 'lsst', seed: 5, alerts: 12 });
  const config = { decode: { schemasDir: lsst.schemas } };
  const { ledger } = await bench.replay({ paths: [lsst.archive], out: 'lsst', config });
  assert.equal(ledger.total.scored + ledger.total.held, 12);
  const [score] = bench.scores('lsst');
  assert.match(score?.objectId ?? '', /^\d{15,}$/);
  const without = await bench.replay({ paths: [lsst.archive], out: 'schemaless' });
  assert.deepEqual(nonZero(without.ledger.total), { consumed: 12, deadLettered: 12 });
});
