import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import type { Result } from '../../../core/index.ts';
import type { ProjectionRequest } from '../../../streams/avro/projected-schema.ts';
import { compileRecordReader } from '../../../streams/avro/record-reader.ts';
import type { DecodedRecord, RecordReader } from '../../../streams/avro/record-reader.ts';
import { parseSchema } from '../../../streams/avro/schema-nodes.ts';
import { encodedLong } from '../../../streams/avro/varint.ts';
import { TEST_SCHEMA, testAlert, testBody } from '../../helpers/test-packets.ts';

function readerFor(root: unknown, request: Partial<ProjectionRequest>): RecordReader {
  const node = parseSchema({ root, named: new Map() });
  assert.ok(node.ok);
  const top = node.value;
  const records = (top.kind === 'union' ? top.branches : [top]).filter((branch) => branch.kind === 'record');
  const record = records[0];
  assert.ok(record !== undefined);
  const reader = compileRecordReader(top, new Map([[record, { fields: {}, presence: [], ...request }]]));
  assert.ok(reader.ok, reader.ok ? '' : reader.rejection.reason);
  return reader.value;
}

function plain(result: Result<DecodedRecord>): unknown {
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return structuredClone(JSON.parse(JSON.stringify(result.value.record, withText)));
}

function withText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function record(fields: readonly (readonly [name: string, type: unknown])[]): unknown {
  return { type: 'record', name: 'alert', fields: fields.map(([name, type]) => ({ name, type })) };
}

const EVERYTHING = readerFor(TEST_SCHEMA, {
  fields: { objectId: true, alertId: true, mjd: true, history: true, cutout: true },
});

test('RecordReader.read() takes the fields asked for, through unions and arrays, and passes over the others', () => {
  const reader = readerFor(TEST_SCHEMA, {
    fields: { alertId: true, history: { flux: true } },
    presence: ['cutout'],
  });
  const body = testBody(testAlert(5, 60_000));
  const result = reader.read(body, 0);
  assert.deepEqual(plain(result), { alertId: '5n', history: [{ flux: 1.5 }, { flux: -5 }], cutout: true });
  assert.ok(result.ok && result.value.end === body.length);
  const none = reader.read(testBody({ ...testAlert(5, 60_000), history: null, cutout: null }), 0);
  assert.deepEqual(plain(none), { alertId: '5n', history: null, cutout: null });
});

test('RecordReader.read() leaves fields absent that the schema lacks or has in another shape', () => {
  const reader = readerFor(TEST_SCHEMA, { fields: { alertId: true, parallax: true, mjd: { utc: true } } });
  const result = reader.read(testBody(testAlert(5, 60_000)), 0);
  assert.ok(result.ok);
  assert.deepEqual(Object.keys(result.value.record), ['alertId']);
});

test('RecordReader.read() gives 64-bit integers exactly', () => {
  const reader = readerFor(record([['id', 'long']]), { fields: { id: true } });
  const asText = avro.types.LongType.__with({
    fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
    toBuffer: (value: bigint) => {
      const buffer = Buffer.alloc(8);
      buffer.writeBigInt64LE(value);
      return buffer;
    },
    fromJSON: BigInt,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'bigint',
    compare: (a: bigint, b: bigint) => Number(a - b),
  });
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (id) => {
      const result = reader.read(asText.toBuffer(id), 0);
      assert.ok(result.ok);
      assert.equal(result.value.record['id'], id);
    }),
    {
      seed: 1,
      examples: [[0n], [-1n], [2n ** 63n - 1n], [-(2n ** 63n)], [2n ** 27n], [2n ** 28n], [2n ** 55n]],
    },
  );
  assert.ok(!reader.read(Buffer.alloc(11, 0x80), 0).ok);
});

test('RecordReader.read() gives byte strings as views of the packet, and says only whether they are there if asked', () => {
  const body = testBody(testAlert(5, 60_000));
  const result = readerFor(TEST_SCHEMA, { fields: { cutout: true } }).read(body, 0);
  assert.ok(result.ok);
  const cutout = result.value.record['cutout'];
  assert.ok(cutout instanceof Uint8Array && cutout.length === 40 && cutout.buffer === body.buffer);
  const presence = readerFor(TEST_SCHEMA, { presence: ['cutout'] });
  const empty = presence.read(testBody({ ...testAlert(5, 60_000), cutout: Buffer.alloc(0) }), 0);
  assert.ok(empty.ok && empty.value.record['cutout'] === null);
});

test('RecordReader.read() reads unions of numbers, enums, fixed, maps and a redefined name', () => {
  const schema = record([
    ['number', ['null', 'int', 'long', 'float', 'double']],
    ['band', { type: 'enum', name: 'x', symbols: ['g', 'r'] }],
    ['raw', { type: 'fixed', name: 'x', size: 2 }],
    ['map', { type: 'map', values: 'int' }],
    ['text', ['bytes', 'string']],
  ]);
  const body = Buffer.concat([
    encodedLong(2),
    encodedLong(7),
    encodedLong(1),
    Buffer.from([1, 2]),
    Buffer.concat([encodedLong(1), encodedLong(9), Buffer.from('__proto__'), encodedLong(3), encodedLong(0)]),
    Buffer.concat([encodedLong(1), encodedLong(2), Buffer.from('hi')]),
  ]);
  const fields = { number: true, band: true, raw: true, map: true, text: true } as const;
  const result = readerFor(schema, { fields }).read(body, 0);
  assert.ok(result.ok && result.value.end === body.length);
  const { number, band, raw, map, text } = result.value.record;
  assert.deepEqual([number, band, text], [7n, 'r', 'hi']);
  assert.deepEqual([...(raw as Buffer)], [1, 2]);
  assert.deepEqual(Object.entries(map as object), [['__proto__', 3]]);
  const skipped = readerFor(schema, { fields: { text: true } }).read(body, 0);
  assert.ok(skipped.ok && skipped.value.record['text'] === 'hi' && skipped.value.end === body.length);
});

test('RecordReader.read() is not misled by field names that JavaScript gives a meaning', () => {
  const inner = {
    type: 'record',
    name: 'inner',
    fields: ['__proto__', 'constructor', 'not a name', 'good'].map((name) => ({ name, type: 'int' })),
  };
  const reader = readerFor(
    record([
      ['toString', 'int'],
      ['inner', inner],
      ['class', 'int'],
    ]),
    {
      fields: { inner: true, class: true },
    },
  );
  const result = reader.read(Buffer.concat([1, 2, 3, 4, 5, 6].map(encodedLong)), 0);
  assert.ok(result.ok);
  assert.deepEqual(plain(result), { inner: { good: 5 }, class: 6 });
});

test('RecordReader.read() reads arrays in blocks with their size, and does not trust it', () => {
  const reader = readerFor(
    record([
      ['a', { type: 'array', items: 'int' }],
      ['b', 'int'],
    ]),
    { fields: { b: true } },
  );
  const whole = readerFor(
    record([
      ['a', { type: 'array', items: 'int' }],
      ['b', 'int'],
    ]),
    { fields: { a: true, b: true } },
  );
  const sized = Buffer.concat([-2, 2, 8, 9, 1, 10, 0, 77].map(encodedLong));
  assert.deepEqual(plain(whole.read(sized, 0)), { a: [8, 9, 10], b: 77 });
  assert.deepEqual(plain(reader.read(sized, 0)), { b: 77 });
  const wrongSize = Buffer.concat([-2, -1_000_000, 8, 9, 0, 77].map(encodedLong));
  assert.ok(!reader.read(wrongSize, 0).ok && !whole.read(wrongSize, 0).ok);
});

test('RecordReader.read() ends at once on counts that the bytes cannot hold', () => {
  for (const items of ['int', ['null', 'string'], { type: 'map', values: 'int' }]) {
    for (const fields of [{ a: true }, {}] as const) {
      const reader = readerFor(record([['a', { type: 'array', items }]]), { fields });
      for (const count of [1e15, -1e15, 2 ** 31, 100]) {
        const result = reader.read(Buffer.concat([encodedLong(count), encodedLong(0), encodedLong(0)]), 0);
        assert.ok(!result.ok, `${count} ${JSON.stringify(items)}`);
      }
    }
  }
});

test('RecordReader.read() ends on records that nest without end', () => {
  const tree = { type: 'record', name: 'tree', fields: [{ name: 'next', type: ['null', 'tree'] }] };
  const reader = readerFor(tree, { fields: { next: true } });
  const result = reader.read(Buffer.alloc(1_000_000, 2), 0);
  assert.ok(!result.ok && result.rejection.code === 'AVRO_CORRUPT');
});

test('RecordReader.read() reads the wanted record of a union at the top, and refuses the others', () => {
  const other = { type: 'record', name: 'other', fields: [{ name: 'x', type: 'int' }] };
  const reader = readerFor([TEST_SCHEMA, other, 'int'], { fields: { alertId: true } });
  const body = testBody(testAlert(5, 60_000));
  assert.deepEqual(plain(reader.read(Buffer.concat([encodedLong(0), body]), 0)), { alertId: '5n' });
  for (const branch of [1, 2]) {
    const result = reader.read(Buffer.concat([encodedLong(branch), encodedLong(1)]), 0);
    assert.ok(!result.ok && result.rejection.code === 'AVRO_CORRUPT');
  }
});

test('RecordReader.read() rejects every cut of a record as truncated', () => {
  const body = testBody(testAlert(5, 60_000));
  for (let length = 0; length < body.length; length++) {
    for (const reader of [EVERYTHING, readerFor(TEST_SCHEMA, { presence: ['cutout'] })]) {
      const result = reader.read(body.subarray(0, length), 0);
      assert.ok(!result.ok, `${length} of ${body.length} bytes`);
    }
  }
});

test('RecordReader.read() gives a result for any bytes', () => {
  const presence = readerFor(TEST_SCHEMA, { presence: ['cutout'] });
  const body = testBody(testAlert(5, 60_000));
  const flipped = fc
    .array(fc.tuple(fc.nat(body.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const bytes = Buffer.from(body);
      for (const [index, value] of changes) bytes[index] = value;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(flipped, random), (bytes) => {
      for (const reader of [EVERYTHING, presence]) {
        const result = reader.read(bytes, 0);
        assert.ok(result.ok ? result.value.end <= bytes.length : result.rejection.code.startsWith('AVRO_'));
      }
    }),
    { seed: 2, numRuns: 3000 },
  );
});

test('compileRecordReader() refuses enums whose symbols are no names', () => {
  const node = parseSchema({
    root: record([['a', { type: 'enum', name: 'e', symbols: ["g'"] }]]),
    named: new Map(),
  });
  assert.ok(node.ok);
  const result = compileRecordReader(node.value, new Map());
  assert.ok(!result.ok && result.rejection.code === 'SCHEMA_INVALID');
});
