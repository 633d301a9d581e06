import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadConfig } from '../../core/index.ts';
import { createPacketDecoder, openSchemaRegistry, surveyAdapters } from '../../streams/index.ts';
import type { DecodedPacket, PacketDecoder } from '../../streams/index.ts';
import { realData } from '../helpers/real-data.ts';
import {
  TEST_SCHEMA,
  TEST_SYNC,
  collected,
  containerBlock,
  containerHeader,
  inPieces,
  outcomes,
  testAlert,
  testBody,
  testContainer,
  testDecoder,
  testMessage,
} from '../helpers/test-packets.ts';

const CODECS = ['null', 'deflate', 'snappy', 'zstandard'] as const;
const ALERTS = [1, 2, 3, 4].map((id) => testAlert(id, 60_000 + id));
const [FIRST, SECOND, THIRD, FOURTH] = ALERTS as [
  (typeof ALERTS)[0],
  (typeof ALERTS)[0],
  (typeof ALERTS)[0],
  (typeof ALERTS)[0],
];
const HEADER = containerHeader(JSON.stringify(TEST_SCHEMA), 'null');

async function decoded(
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  decoder: PacketDecoder = testDecoder(),
): Promise<readonly DecodedPacket[]> {
  return collected(decoder.decodeBlob({ file: 'x.avro', bytes }));
}

function reasonOf(packet: DecodedPacket | undefined): string {
  assert.ok(packet !== undefined && !packet.result.ok);
  return packet.result.rejection.reason;
}

for (const codec of CODECS) {
  test(`decodeBlob() reads an Avro file with codec ${codec}, whole or in pieces, and gives each record's own file`, async () => {
    const bytes = await testContainer([[FIRST, SECOND], [THIRD], [FOURTH]], codec);
    for (const source of [bytes, inPieces(bytes, 7), inPieces(bytes, 1000)]) {
      const packets = await decoded(source);
      assert.deepEqual(outcomes(packets), ['T1', 'T2', 'T3', 'T4']);
      assert.deepEqual(
        packets.map((packet) => packet.source),
        [0, 1, 2, 3].map((index) => ({ file: 'x.avro', index })),
      );
      for (const [i, packet] of packets.entries()) {
        assert.deepEqual(outcomes(await decoded(packet.original())), [`T${i + 1}`]);
      }
    }
  });
}

test('decodeBlob() gives the file itself as the original of its one record', async () => {
  for (const codec of CODECS) {
    const bytes = await testContainer([[FIRST]], codec);
    const [packet] = await decoded(bytes);
    assert.deepEqual(packet?.original(), bytes);
    assert.equal(packet.byteLength, bytes.length);
  }
});

test('decodeBlob() goes on after a damaged block, and keeps its bytes', async () => {
  const good = containerBlock(1, testBody(FIRST));
  const cut = Buffer.concat([good.subarray(0, 20), good.subarray(21)]);
  const long = Buffer.concat([good.subarray(0, 20), Buffer.from([0, 0]), good.subarray(20)]);
  const otherSync = containerBlock(1, testBody(SECOND), Buffer.from('fedcba9876543210'));
  for (const [bad, why] of [
    [cut, /early by 1, so that bytes were lost/],
    [long, /late by 2/],
    [containerBlock(-3, testBody(SECOND)), /says to have -3 records/],
    [containerBlock(2 ** 60, testBody(SECOND)), /says to have 1152921504606847000 records/],
    [containerBlock(5_000, testBody(SECOND)), /says to have 5000 records in/],
  ] as const) {
    const packets = await decoded(Buffer.concat([HEADER, good, bad, good]));
    assert.deepEqual(outcomes(packets), ['T1', 'AVRO_CORRUPT', 'T1']);
    assert.match(reasonOf(packets[1]), why);
    assert.deepEqual(packets[1]?.original(), Buffer.concat([HEADER, bad]));
  }
  const impossible = containerBlock(2 ** 60, testBody(SECOND));
  const [, , after] = await decoded(Buffer.concat([HEADER, good, impossible, good]));
  assert.deepEqual(after?.source, { file: 'x.avro', index: 2 });
  const swallowed = await decoded(Buffer.concat([HEADER, good, otherSync, good, good]));
  assert.deepEqual(outcomes(swallowed), ['T1', 'AVRO_CORRUPT', 'T1']);
  const last = await decoded(Buffer.concat([HEADER, good, otherSync]));
  assert.deepEqual(outcomes(last), ['T1', 'AVRO_CORRUPT']);
  assert.match(reasonOf(last[1]), /the file's sync marker does not follow it/);
});

test('decodeBlob() keeps the good records of a block before a bad one, and the rest as one rejection', async () => {
  const bad = testBody(SECOND);
  bad[3] = 0xff;
  const block = containerBlock(3, Buffer.concat([testBody(FIRST), bad, testBody(THIRD)]));
  const packets = await decoded(Buffer.concat([HEADER, block, containerBlock(1, testBody(FOURTH))]));
  const [first, second, ...rest] = outcomes(packets);
  assert.equal(first, 'T1');
  assert.notEqual(second, 'T2');
  assert.equal(rest.at(-1), 'T4');
  const leftOver = containerBlock(1, Buffer.concat([testBody(FIRST), Buffer.from([1, 2])]));
  const over = await decoded(Buffer.concat([HEADER, leftOver]));
  assert.deepEqual(outcomes(over), ['T1', 'AVRO_CORRUPT']);
  assert.match(reasonOf(over[1]), /2 bytes are left over/);
});

test('decodeBlob() tells every cut of a file, and gives what comes before it', async () => {
  const blocks = ALERTS.slice(0, 2).map((alert) => containerBlock(1, testBody(alert)));
  const bytes = Buffer.concat([HEADER, ...blocks]);
  const ends = [HEADER.length, HEADER.length + (blocks[0]?.length ?? 0), bytes.length];
  for (let length = 1; length < bytes.length; length++) {
    const packets = await decoded(bytes.subarray(0, length));
    const whole = ends.slice(1).filter((end) => end <= length).length;
    const expected = ['T1', 'T2'].slice(0, whole);
    if (length < 4) expected.push('FORMAT_UNKNOWN');
    else if (!ends.includes(length)) expected.push('AVRO_TRUNCATED');
    assert.deepEqual(outcomes(packets), expected, `${length} of ${bytes.length} bytes`);
  }
});

test('decodeBlob() tells damage within a compressed block', async () => {
  for (const codec of ['deflate', 'snappy', 'zstandard']) {
    const header = containerHeader(JSON.stringify(TEST_SCHEMA), codec);
    const packets = await decoded(Buffer.concat([header, containerBlock(1, Buffer.from('nothing packed'))]));
    assert.deepEqual(outcomes(packets), ['AVRO_CORRUPT'], codec);
    assert.match(reasonOf(packets[0]), /^Cannot decompress a block/);
  }
  const snappy = await testContainer([[FIRST]], 'snappy');
  snappy[snappy.length - TEST_SYNC.length - 1] = (snappy.at(-TEST_SYNC.length - 1) ?? 0) ^ 1;
  assert.match(reasonOf((await decoded(snappy))[0]), /checksum of a snappy block does not match/);
});

test('decodeBlob() refuses blocks and packets above their limits, and goes on', async () => {
  for (const codec of ['deflate', 'snappy', 'zstandard']) {
    const zeros = { ...SECOND, cutout: Buffer.alloc(200_000) };
    const bytes = await testContainer([[FIRST], [zeros], [THIRD]], codec);
    const small = testDecoder({ blockBytesMax: 100_000 });
    assert.deepEqual(outcomes(await decoded(bytes, small)), ['T1', 'PACKET_TOO_LARGE', 'T3'], codec);
  }
  const large = { ...SECOND, cutout: Buffer.alloc(2000) };
  const bytes = await testContainer([[FIRST, large, THIRD]]);
  assert.deepEqual(outcomes(await decoded(bytes, testDecoder({ packetBytesMax: 1000 }))), [
    'T1',
    'PACKET_TOO_LARGE',
    'T3',
  ]);
  const blocks = await testContainer([[FIRST], [large], [THIRD]]);
  assert.deepEqual(outcomes(await decoded(blocks, testDecoder({ blockBytesMax: 1000 }))), [
    'T1',
    'PACKET_TOO_LARGE',
    'T3',
  ]);
});

test('decodeBlob() names what keeps a whole file from being read', async () => {
  const cases: readonly (readonly [Buffer, string, RegExp])[] = [
    [Buffer.alloc(0), 'FILE_EMPTY', /it is empty/],
    [Buffer.from('PK\x03\x04zipped'), 'FORMAT_UNKNOWN', /a zip archive/],
    [Buffer.from('Obj\x02rest'), 'FORMAT_UNKNOWN', /another version than 1/],
    [Buffer.from(' {"objectId": 1}'), 'FORMAT_UNKNOWN', /JSON/],
    [Buffer.from('<!DOCTYPE html>'), 'FORMAT_UNKNOWN', /an HTML page/],
    [Buffer.from('f0fcf89589f127effcf8', 'hex'), 'FORMAT_UNKNOWN', /an Avro record without its schema/],
    [containerHeader('{"type": "rec', 'null'), 'SCHEMA_INVALID', /as JSON/],
    [containerHeader('{"type": "record"}', 'null'), 'SCHEMA_INVALID', /without a name/],
    [containerHeader(JSON.stringify(TEST_SCHEMA), 'lz77'), 'AVRO_CODEC_UNKNOWN', /current value is "lz77"/],
    [containerHeader('{"type": "record", "name": "n.x", "fields": []}', 'null'), 'SURVEY_UNKNOWN', /"n\.x"/],
    [Buffer.from('Obj\x01\x00' + 'x'.repeat(20)), 'SCHEMA_INVALID', /no writer's schema/],
    [Buffer.from('Obj\x01\x02\x01'), 'AVRO_CORRUPT', /metadata cannot be read/],
  ];
  for (const [bytes, code, why] of cases) {
    const packets = await decoded(bytes);
    assert.deepEqual(outcomes(packets), [code], String(why));
    assert.match(reasonOf(packets[0]), why);
    assert.deepEqual(packets[0]?.original(), bytes);
  }
});

test('decodeBlob() reads one Confluent message, and several, each after its length', async () => {
  const message = testMessage(7, FIRST);
  const [one] = await decoded(message);
  assert.ok(one?.result.ok && one.result.value.alertId === 1n);
  assert.deepEqual(one.original(), message);
  const messages = [message, testMessage(7, SECOND), testMessage(8, THIRD), testMessage(7, FOURTH)];
  const framed = messages.flatMap((body) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(body.length);
    return [prefix, body];
  });
  const bytes = Buffer.concat(framed);
  for (const source of [bytes, inPieces(bytes, 11)]) {
    const packets = await decoded(source);
    assert.deepEqual(outcomes(packets), ['T1', 'T2', 'SCHEMA_ID_UNKNOWN', 'T4']);
    assert.deepEqual(packets[2]?.original(), messages[2]);
  }
  const cut = await decoded(bytes.subarray(0, bytes.length - 3));
  assert.deepEqual(outcomes(cut), ['T1', 'T2', 'SCHEMA_ID_UNKNOWN', 'AVRO_TRUNCATED']);
});

test('decodeConfluent() tells a cut body, bytes left over, and a message that is too large', async () => {
  const source = { topic: 't', partition: 0, offset: 5n };
  const message = testMessage(7, FIRST);
  const decoder = testDecoder();
  const good = await decoder.decodeConfluent(message, source);
  assert.ok(good.ok && good.value.source === source);
  const codeOf = async (bytes: Buffer): Promise<string> => {
    const result = await decoder.decodeConfluent(bytes, source);
    return result.ok ? 'ok' : result.rejection.code;
  };
  assert.equal(await codeOf(message.subarray(0, -1)), 'AVRO_TRUNCATED');
  assert.equal(await codeOf(Buffer.concat([message, Buffer.from([0])])), 'AVRO_CORRUPT');
  assert.equal(await codeOf(Buffer.from([1, 2, 3])), 'FORMAT_UNKNOWN');
  const small = await testDecoder({ packetBytesMax: 20 }).decodeConfluent(message, source);
  assert.ok(!small.ok && small.rejection.code === 'PACKET_TOO_LARGE');
});

test('createPacketDecoder() lets the stream survive an adapter that throws', async () => {
  const bytes = await testContainer([[FIRST, { ...SECOND, objectId: 'bug' }, THIRD]]);
  const packets = await decoded(bytes);
  assert.deepEqual(outcomes(packets), ['T1', 'ADAPTER_FAILED', 'T3']);
  assert.match(reasonOf(packets[1]), /TypeError: there is a bug/);
});

test('createPacketDecoder() gives the cutouts when asked', async () => {
  const [packet] = await decoded(await testContainer([[FIRST]]), testDecoder({}, true));
  assert.ok(packet?.result.ok);
  assert.deepEqual(packet.result.value.cutouts, [{ name: 'science', bytes: FIRST.cutout }]);
  const [without] = await decoded(await testContainer([[FIRST]]));
  assert.ok(without?.result.ok);
  assert.deepEqual([without.result.value.cutoutNames, without.result.value.cutouts], [['science'], []]);
});

test('decodeBlob() gives packets for any bytes, and bounded work', async () => {
  const files = await Promise.all(CODECS.map((codec) => testContainer([[FIRST, SECOND], [THIRD]], codec)));
  files.push(testMessage(7, FIRST));
  const decoder = testDecoder({ packetBytesMax: 10_000, blockBytesMax: 10_000 });
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    byte: fc.nat(255),
    drop: fc.nat(3),
  });
  const mutated = fc
    .tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 5 }), fc.boolean())
    .map(([file, changes, isCut]) => {
      let bytes = Buffer.from(file);
      for (const { at, byte, drop } of changes) {
        const index = Math.floor(at * (bytes.length - 1));
        bytes[index] = byte;
        if (drop > 1) bytes = Buffer.concat([bytes.subarray(0, index), bytes.subarray(index + drop)]);
      }
      return isCut ? bytes.subarray(0, Math.floor((changes[0]?.at ?? 1) * bytes.length)) : bytes;
    });
  const random = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof({ arbitrary: mutated, weight: 4 }, random), async (bytes) => {
      const packets = await collected(decoder.decodeBlob({ file: 'f', bytes }));
      assert.ok(packets.length <= 20);
      for (const packet of packets) assert.ok(packet.original().length <= 40_000);
    }),
    { seed: 3, numRuns: 1500 },
  );
});

async function realDecoder(schemasDir: string): Promise<PacketDecoder> {
  const config = loadConfig(null);
  const registry = await openSchemaRegistry({ registry: config.registry, schemasDir });
  const adapters = surveyAdapters(config.decode.mappings);
  return createPacketDecoder({ decode: config.decode, registry, adapters, withCutouts: false });
}

test('decodeBlob() reads real packets, and the original of each is read the same again', async (context) => {
  const alerts = realData(context, 'data', 'alerts');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (alerts === null || schemas === null) return;
  const decoder = await realDecoder(schemas);
  for (const folder of [
    'lsst/confluent_v10_0_reencoded',
    'lsst/ocf',
    'other/atlas',
    'other/winter',
    'other/rapid',
  ]) {
    const names: readonly string[] = readdirSync(path.join(alerts, folder)).filter(
      (name) => !name.endsWith('.csv'),
    );
    for (const file of names.slice(0, 12)) {
      const bytes: Buffer = readFileSync(path.join(alerts, folder, file));
      const packets: readonly DecodedPacket[] = await collected(decoder.decodeBlob({ file, bytes }));
      assert.equal(packets.length, 1, file);
      const again = await collected(
        decoder.decodeBlob({ file, bytes: packets[0]?.original() ?? Buffer.alloc(0) }),
      );
      assert.deepEqual(again[0]?.result, packets[0]?.result, file);
    }
  }
});

test('decodeBlob() rejects real malformed files with reasons that tell the faults apart', async (context) => {
  const folder = realData(context, 'data', 'alerts', 'malformed');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (folder === null || schemas === null) return;
  const decoder = await realDecoder(schemas);
  const reasons = new Set<string>();
  for (const file of readdirSync(folder).filter((name) => !name.endsWith('.gz'))) {
    const bytes = readFileSync(path.join(folder, file));
    const packets = await collected(decoder.decodeBlob({ file, bytes }));
    const bad = packets.filter(({ result }) => !result.ok);
    assert.ok(bad.length > 0, file);
    reasons.add(reasonOf(bad[0]));
  }
  assert.ok(reasons.size >= 6);
});

test('decodeBlob() survives damage anywhere in real packets', async (context) => {
  const alerts = realData(context, 'data', 'alerts');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (alerts === null || schemas === null) return;
  const decoder = await realDecoder(schemas);
  const samples = [
    'lsst/ocf/fakeAlert.avro',
    'lsst/confluent/pittgoogle-client__lsst.v11_1.id1101.bin',
    'other/rapid/alert.avro',
  ];
  const files = samples.map((name) => readFileSync(path.join(alerts, name)));
  const change = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 20 }),
      async (file, changes) => {
        const bytes = Buffer.from(file);
        for (const [at, byte] of changes) bytes[Math.floor(at * (bytes.length - 1))] = byte;
        const packets = await collected(decoder.decodeBlob({ file: 'f', bytes }));
        assert.ok(packets.length <= 3);
      },
    ),
    { seed: 4, numRuns: 300 },
  );
});
