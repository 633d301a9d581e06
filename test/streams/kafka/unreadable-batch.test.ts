import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnreadableBatch } from '../../../streams/kafka/unreadable-batch.ts';
import { hasCode } from '../../helpers/has-code.ts';

const CAUSE = new Error('Damaged');
/** Of a record batch, before its records. */
const BATCH_HEADER_BYTES = 61;

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function recordBatch(firstOffset: number, lastOffsetDelta: number, packed: string): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(BATCH_HEADER_BYTES), Buffer.from(packed)]);
  bytes.writeBigInt64BE(BigInt(firstOffset));
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt8(2, 16);
  bytes.writeInt32BE(lastOffsetDelta, 23);
  return bytes;
}

/** An answer to a fetch, with one topic. */
function fetchAnswer(version: number, partitions: readonly (readonly Buffer[])[]): Buffer {
  const parts = partitions.map((batches, partition) => {
    const records = Buffer.concat(batches);
    return Buffer.concat([
      ...[int32(partition), Buffer.alloc(version >= 5 ? 26 : 18)],
      // One aborted transaction.
      ...[int32(1), Buffer.alloc(16), Buffer.alloc(version >= 11 ? 4 : 0)],
      ...[int32(records.length), records],
    ]);
  });
  const head = [Buffer.alloc(version >= 7 ? 10 : 4), int32(1), int16(2), Buffer.from('in')];
  return Buffer.concat([...head, int32(parts.length), ...parts]);
}

test('UnreadableBatch.at() names topic, partition and offsets in each version of the answer', () => {
  for (const version of [4, 5, 7, 11]) {
    const answer = fetchAnswer(version, [
      [recordBatch(0, 9, 'well')],
      [recordBatch(100, 9, 'well'), recordBatch(110, 29, 'damaged'), recordBatch(140, 0, 'well')],
    ]);
    const begin = answer.indexOf('damaged');
    const packed = answer.subarray(begin, begin + 7);
    const error = new UnreadableBatch('in gzip as it is damaged', { packed, cause: CAUSE });
    const failure = error.at(answer, version);
    assert.ok(
      hasCode('BATCH_UNREADABLE', 'offsets 110 to 139 of partition 1 of topic "in" in gzip as')(failure),
      failure.message,
    );
    assert.equal(failure.cause, CAUSE);
  }
});

test('UnreadableBatch.at() is the failure without a place where the bytes are of no answer', () => {
  const error = new UnreadableBatch('in gzip as it is damaged', {
    packed: Buffer.from('damaged'),
    cause: CAUSE,
  });
  assert.equal(error.at(fetchAnswer(11, [[recordBatch(0, 9, 'well')]]), 11), error);
  assert.ok(hasCode('BATCH_UNREADABLE', 'Cannot unpack a batch of messages in gzip')(error));
});
