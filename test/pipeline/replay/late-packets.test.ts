import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Metrics } from '../../../core/index.ts';
import { ReplayBench, nonZero } from '../../helpers/replays.ts';
import type { TarMember } from '../../helpers/replays.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';

const bench = new ReplayBench();
after(() => bench.close());

const config = {
  ...TOY_CONFIG,
  archive: { order: 'stored' },
  window: { pointsMin: 2, retentionDays: 30 },
} as const;

const metrics = new Metrics();

async function replayed(out: string, ...archives: readonly (readonly TarMember[])[]) {
  const paths = [];
  for (const [i, members] of archives.entries()) paths.push(await bench.tar(`${out}-${i}.tar`, members));
  return (await bench.replay({ paths, out, config, metrics })).ledger;
}

/** What happened to each object's alerts, in order: time, revision, cause and points. */
function story(out: string): readonly (readonly [number, number, string, number])[] {
  return bench.scores(out).map(({ mjdTai, revision, cause, points }) => [mjdTai, revision, cause, points]);
}

test('an object with too few points is held, and scored from when it has enough', async () => {
  const { total } = await replayed('held', [
    toyPacket('a', 60_000),
    toyPacket('a', 60_001),
    toyPacket('a', 60_002),
  ]);
  assert.deepEqual(nonZero(total), { consumed: 3, held: 1, scored: 2 });
  assert.deepEqual(story('held'), [
    [60_001, 2, 'alert', 2],
    [60_002, 3, 'alert', 3],
  ]);
});

test('a late packet is scored under the next revision with the cause "late"', async () => {
  const { total } = await replayed('late', [
    toyPacket('a', 60_000),
    toyPacket('a', 60_010),
    toyPacket('a', 60_005),
    toyPacket('a', 60_011),
  ]);
  assert.deepEqual(nonZero(total), { consumed: 4, held: 1, scored: 3 });
  assert.deepEqual(story('late'), [
    [60_010, 2, 'alert', 2],
    [60_005, 3, 'late', 3],
    [60_011, 4, 'alert', 4],
  ]);
});

test('a packet that is too late is counted and kept with its bytes, apart from dead letters', async () => {
  const old = toyPacket('a', 59_900);
  const { total } = await replayed('too-late', [
    toyPacket('a', 60_000),
    toyPacket('a', 60_010),
    old,
    toyPacket('a', 60_011),
  ]);
  assert.deepEqual(nonZero(total), { consumed: 4, held: 1, scored: 2, tooLate: 1 });
  const [letter, ...others] = bench.letters('too-late', 'too-late.jsonl');
  assert.deepEqual(others, []);
  assert.equal(letter?.code, 'ALERT_TOO_LATE');
  assert.match(letter.reason, /30 days|retention/);
  assert.deepEqual(Buffer.from(letter.bytesBase64, 'base64'), old.bytes);
  assert.deepEqual(letter.source, {
    file: bench.path('too-late-0.tar'),
    member: old.memberName,
    memberIndex: 2,
    index: 0,
  });
  assert.equal(bench.text('too-late', 'dead-letters.jsonl'), '');
});

test('the same packet from another file is a duplicate, late or not, and makes no record', async () => {
  const packets = [toyPacket('a', 60_000), toyPacket('a', 60_010), toyPacket('a', 60_005)];
  const { total, sources } = await replayed('twice', packets, packets);
  assert.deepEqual(nonZero(total), { consumed: 6, held: 1, scored: 2, duplicate: 3 });
  assert.deepEqual(sources.map(nonZero), [
    { source: bench.path('twice-0.tar'), consumed: 3, held: 1, scored: 2 },
    { source: bench.path('twice-1.tar'), consumed: 3, duplicate: 3 },
  ]);
  assert.equal(bench.scores('twice').length, 2);
});

test('one ledger has all five outcomes, balances, and is what the metrics count', async () => {
  metrics.registry.resetMetrics();
  const ledger = await replayed('five', [
    toyPacket('a', 60_000),
    toyPacket('a', 60_010),
    toyPacket('a', 60_000),
    toyPacket('a', 59_000),
    { memberName: 'noise.avro', bytes: Buffer.from('Obj\x01 and then nothing of sense') },
    toyPacket('b', 60_010),
  ]);
  assert.deepEqual(ledger.total, {
    consumed: 6,
    scored: 1,
    held: 2,
    duplicate: 1,
    deadLettered: 1,
    tooLate: 1,
  });
  assert.equal(ledger.balanced, true);
  const counted = (await metrics.exposition())
    .split('\n')
    .filter((line) => /^nightjar_pipeline_.*_total/.test(line));
  assert.deepEqual(counted.toSorted(), [
    'nightjar_pipeline_consumed_packets_total 6',
    'nightjar_pipeline_dead_letters_total{code="ALERT_TOO_LATE"} 1',
    'nightjar_pipeline_dead_letters_total{code="AVRO_CORRUPT"} 1',
    'nightjar_pipeline_packets_total{outcome="deadLettered"} 1',
    'nightjar_pipeline_packets_total{outcome="duplicate"} 1',
    'nightjar_pipeline_packets_total{outcome="held"} 2',
    'nightjar_pipeline_packets_total{outcome="scored"} 1',
    'nightjar_pipeline_packets_total{outcome="tooLate"} 1',
    'nightjar_pipeline_scores_total{cause="alert",mask="P"} 1',
  ]);
});

test('event order makes late packets of one archive on time', async () => {
  const inOrder = { ...config, archive: { order: 'event' } } as const;
  const members = [toyPacket('a', 60_010), toyPacket('a', 60_000), toyPacket('a', 60_005)];
  const paths = [await bench.tar('disorder.tar', members)];
  await bench.replay({ paths, out: 'ordered', config: inOrder });
  assert.deepEqual(story('ordered'), [
    [60_005, 2, 'alert', 2],
    [60_010, 3, 'alert', 3],
  ]);
});

test('a full light curve drops its oldest points, and scores see what is kept', async () => {
  const paths = [
    await bench.tar(
      'many.tar',
      [0, 1, 2, 3, 4].map((day) => toyPacket('a', 60_000 + day)),
    ),
  ];
  await bench.replay({ paths, out: 'full', config: { ...config, window: { pointsMin: 2, pointsMax: 3 } } });
  assert.deepEqual(
    story('full').map(([, , , points]) => points),
    [2, 3, 3, 3],
  );
});
