import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OutRecord } from '../../../streams/kafka/partition-input.ts';
import { cutIntoSends, recordBytes } from '../../../streams/kafka/record-sends.ts';
import { hasCode } from '../../helpers/has-code.ts';

interface Encoded {
  readonly buffer: Buffer;
}

const require = createRequire(import.meta.url);

/** kafkajs's own encoders of a record and of a batch, for what they really are in bytes. */
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => Encoded;
const { RecordBatch: encodeBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  readonly RecordBatch: (batch: { readonly records: readonly Encoded[] }) => Promise<Encoded>;
};

const buffers = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const texts = fc.string({ unit: 'binary', maxLength: 40 });
const records: fc.Arbitrary<OutRecord> = fc.record({
  topic: fc.constantFrom('scores', 'candidates'),
  key: fc.option(texts),
  value: buffers,
  headers: fc.dictionary(texts, fc.oneof(texts, buffers), { maxKeys: 4 }),
});

test('recordBytes() of all records of a batch are never less than what kafkajs writes', async () => {
  const delta = fc.nat({ max: 600_000 });
  const placed = fc.tuple(records, delta, delta);
  await fc.assert(
    fc.asyncProperty(fc.array(placed, { minLength: 1, maxLength: 5 }), async (all) => {
      const encoded = all.map(([{ key, value, headers }, offsetDelta, timestampDelta]) =>
        encodeRecord({ key, value, headers, offsetDelta, timestampDelta }),
      );
      const { length } = (await encodeBatch({ records: encoded })).buffer;
      const bytes = all.reduce((sum, [record]) => sum + recordBytes(record), 0);
      const slack = all.reduce((sum, [{ headers = {} }]) => sum + 128 + 10 * Object.keys(headers).length, 0);
      assert.ok(bytes >= length && bytes <= length + slack, `${bytes} of ${length} bytes`);
    }),
    { seed: 1 },
  );
});

test('cutIntoSends() keeps all records in order, in sends within the limit that could not be fewer', () => {
  fc.assert(
    fc.property(
      fc.array(records, { maxLength: 30 }),
      fc.integer({ min: 1000, max: 5000 }),
      (all, bytesMax) => {
        fc.pre(all.every((record) => recordBytes(record) <= bytesMax));
        const sends = cutIntoSends(all, bytesMax);
        const sizes = sends.map((send) => send.reduce((sum, record) => sum + recordBytes(record), 0));
        assert.deepEqual(sends.flat(), all);
        assert.ok(sizes.every((size) => size > 0 && size <= bytesMax));
        for (const [i, [first]] of sends.entries())
          if (i > 0 && first !== undefined) assert.ok((sizes[i - 1] ?? 0) + recordBytes(first) > bytesMax);
      },
    ),
    { seed: 2 },
  );
});

test('cutIntoSends() takes a record of just the limit, and names topic and bytes of one above it', () => {
  const record = { topic: 'scores', key: 'k', value: Buffer.alloc(100) };
  const bytes = recordBytes(record);
  assert.deepEqual(cutIntoSends([record, record], bytes), [[record], [record]]);
  assert.throws(
    () => cutIntoSends([record], bytes - 1),
    hasCode('MESSAGE_TOO_LARGE', '"scores"', `${bytes - 1} bytes`, `${bytes} bytes`),
  );
});
