import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from 'kafkajs';
import { StickyPartitioner } from '../../../streams/kafka/sticky-partitioner.ts';

const partitionMetadata = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [],
    isr: [],
  }));

function placing(count: number): {
  readonly sticky: StickyPartitioner;
  readonly place: (message: Message) => number;
} {
  const sticky = new StickyPartitioner();
  const choose = sticky.create();
  return {
    sticky,
    place: (message) => choose({ topic: 'scores', partitionMetadata: partitionMetadata(count), message }),
  };
}

/** Hashes of keys, of the Java client's own test. @source apache/kafka, UtilsTest.testMurmur2 */
const MURMUR2 = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

test('StickyPartitioner places a key where the Java client does', () => {
  for (const count of [1, 3, 50])
    for (const [key, hash] of Object.entries(MURMUR2)) {
      const { place } = placing(count);
      assert.equal(place({ key, value: 'v' }), (hash & 0x7fffffff) % count, key);
    }
});

test('StickyPartitioner shares messages without a key out by turns, and gives each the same answer again', () => {
  const { sticky, place } = placing(3);
  const messages = Array.from({ length: 9 }, (): Message => ({ key: null, value: 'same' }));
  const first = messages.map(place);
  for (const partition of [0, 1, 2]) assert.equal(first.filter((own) => own === partition).length, 3);
  // As kafkajs asks for a second attempt, in which some partitions have answered already.
  assert.deepEqual([...messages].reverse().map(place).reverse(), first);
  assert.deepEqual(
    messages.map((message) => sticky.partitionOf(message)),
    first,
  );
  assert.equal(sticky.partitionOf({ key: null, value: 'same' }), null);
});
