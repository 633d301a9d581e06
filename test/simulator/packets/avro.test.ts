import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  NULL_BYTES,
  avroType,
  longBytes,
  optionalArrayBytes,
  optionalBytes,
  stringBytes,
} from '../../../simulator/packets/avro.ts';
import type { AvroSchema } from '../../../simulator/packets/avro.ts';

function assertSameBytes(schema: AvroSchema, value: unknown, bytes: Buffer): void {
  // A record around it: avsc wraps unions at the top.
  const type = avroType({ type: 'record', name: 'holder', fields: [{ name: 'value', type: schema }] });
  assert.deepEqual(bytes, type.toBuffer({ value }));
}

test('longBytes() writes every int64 as avsc does', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
      assertSameBytes('long', value, longBytes(value));
    }),
    { seed: 1 },
  );
});

test('optional strings, bytes and arrays are written as avsc writes them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assertSameBytes('string', text, stringBytes(text));
    }),
    { seed: 2 },
  );
  const bytes = Buffer.from([1, 2, 3]);
  assertSameBytes(['null', 'bytes'], bytes, optionalBytes(bytes));
  assertSameBytes(['null', 'bytes'], null, optionalBytes(null));
  const strings: AvroSchema = ['null', { type: 'array', items: 'string' }];
  assertSameBytes(strings, ['a', 'bc'], optionalArrayBytes(['a', 'bc'].map(stringBytes)));
  assertSameBytes(strings, null, NULL_BYTES);
  assertSameBytes(strings, null, optionalArrayBytes([]));
});
