import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagReport, seekMoves } from '../../../pipeline/index.ts';
import type { PartitionOffsets } from '../../../pipeline/index.ts';
import { hasCode } from '../../helpers/has-code.ts';

const PARTITIONS: readonly PartitionOffsets[] = [
  { topic: 'b', partition: 0, committed: null, metadata: '', begin: 5n, end: 9n },
  { topic: 'a', partition: 10, committed: 7n, metadata: '{"consumed":7}', begin: 0n, end: 7n },
  { topic: 'a', partition: 2, committed: 3n, metadata: '{"consumed":3}', begin: 4n, end: 20n },
];

test('lagReport() sorts by topic and number, and sums by topic', () => {
  const { partitions, topics, lag, lost } = lagReport(PARTITIONS);
  assert.deepEqual(
    partitions.map((row) => [row.topic, row.partition, row.lag, row.lost]),
    [
      ['a', 2, 16n, 1n],
      ['a', 10, 0n, 0n],
      ['b', 0, 4n, 0n],
    ],
  );
  assert.deepEqual(topics, [
    { topic: 'a', partitions: 2, lag: 16n },
    { topic: 'b', partitions: 1, lag: 4n },
  ]);
  assert.deepEqual([lag, lost], [20n, 1n]);
});

test('lagReport() takes an offset beyond the end, as a topic made anew leaves it, for no lag', () => {
  const { lag } = lagReport([{ topic: 'a', partition: 0, committed: 50n, metadata: '', begin: 0n, end: 3n }]);
  assert.equal(lag, 0n);
});

test('seekMoves() goes to the beginning, the end, an offset or a time, and keeps what was committed with the offset', () => {
  const own = PARTITIONS.filter(({ topic }) => topic === 'a');
  const targets = (target: Parameters<typeof seekMoves>[1]) =>
    seekMoves(own, target, new Map([[2, 12n]])).map(({ partition, from, to, metadata }) => [
      partition,
      from,
      to,
      metadata,
    ]);
  const kept = ['{"consumed":3}', '{"consumed":7}'];
  assert.deepEqual(targets({ kind: 'earliest' }), [
    [2, 3n, 4n, kept[0]],
    [10, 7n, 0n, kept[1]],
  ]);
  assert.deepEqual(targets({ kind: 'latest' }), [
    [2, 3n, 20n, kept[0]],
    [10, 7n, 7n, kept[1]],
  ]);
  assert.deepEqual(targets({ kind: 'time', timeMs: 1 }), [
    [2, 3n, 12n, kept[0]],
    [10, 7n, 7n, kept[1]],
  ]);
  assert.deepEqual(targets({ kind: 'offset', offset: 5n }), [
    [2, 3n, 5n, kept[0]],
    [10, 7n, 5n, kept[1]],
  ]);
});

test('seekMoves() refuses an offset that a partition does not have, and names those that it has', () => {
  const own = PARTITIONS.filter(({ topic }) => topic === 'a');
  for (const offset of [3n, 21n])
    assert.throws(
      () => seekMoves(own, { kind: 'offset', offset }),
      hasCode('OFFSET_INVALID', '"a", partition 2', 'the offsets 4 to 20', `current value is ${offset}`),
    );
});
