import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { loadConfig, positionText } from '../../../core/index.ts';
import type { Config } from '../../../core/index.ts';
import {
  createMessageDecoder,
  createPacketDecoder,
  encodeSlimAlert,
  openSchemaRegistry,
  retryHeaders,
  surveyAdapters,
} from '../../../streams/index.ts';
import type { DecodedPacket, MessageDecoder, MessageFormat } from '../../../streams/index.ts';
import { anyAlert } from '../../helpers/any-alert.ts';
import { realData } from '../../helpers/real-data.ts';
import {
  TEST_SCHEMA,
  collected,
  containerBlock,
  containerHeader,
  outcomes,
  testAdapter,
  testAlert,
  testBody,
  testContainer,
  testMessage,
  testSchemas,
} from '../../helpers/test-packets.ts';
import { TOY_CONFIG } from '../../helpers/toy-survey.ts';
import { topicMessage } from '../../helpers/topic-message.ts';

const AUTO: MessageFormat = { kind: 'auto' };
const TOY: MessageFormat = { kind: 'json', mapping: 'toy' };
const OWN = { topic: 'alerts', partition: 2, offset: 5n };
const [FIRST, SECOND] = [testAlert(1, 60_001), testAlert(2, 60_002)];
const RETRIED = {
  topic: 'retries',
  partition: 0,
  offset: 9n,
  headers: retryHeaders({ topic: 'survey', partition: 1, offset: 3n }),
};

function messageDecoder(limits: Partial<Config['decode']> = {}): MessageDecoder {
  const decode = { ...loadConfig(null, TOY_CONFIG).decode, ...limits };
  const adapters = [testAdapter, ...surveyAdapters(decode.mappings)];
  return createMessageDecoder({ decode, registry: testSchemas, adapters, withCutouts: false });
}

function positions(packets: readonly DecodedPacket[]): readonly string[] {
  for (const { result, source } of packets) if (result.ok) assert.deepEqual(result.value.source, source);
  return packets.map(({ source }) => positionText(source));
}

function reasonOf(packet: DecodedPacket | undefined): string {
  assert.ok(packet !== undefined && !packet.result.ok);
  return packet.result.rejection.reason;
}

test('packets() reads an Avro file, gzipped too, and a Confluent message, each at its position', async () => {
  const container = await testContainer([[FIRST]]);
  for (const value of [container, gzipSync(container), testMessage(7, FIRST)]) {
    const packets = await messageDecoder().packets(topicMessage(value), AUTO);
    assert.deepEqual(outcomes(packets), ['T1']);
    assert.deepEqual(packets[0]?.source, OWN);
    assert.deepEqual(packets[0].original(), value);
    assert.equal(packets[0].byteLength, value.length);
    assert.deepEqual(positions(packets), ['alerts/2@5']);
  }
});

test('packets() numbers the packets of a message that holds several, each decodable by itself', async () => {
  const value = await testContainer([[FIRST, SECOND], [testAlert(3, 60_003)]], 'deflate');
  const packets = await messageDecoder().packets(topicMessage(value), AUTO);
  assert.deepEqual(outcomes(packets), ['T1', 'T2', 'T3']);
  assert.deepEqual(positions(packets), ['alerts/2@5#0', 'alerts/2@5#1', 'alerts/2@5#2']);
  const [, second] = packets;
  const retried = topicMessage(Buffer.from(second?.original() ?? []), {
    ...RETRIED,
    headers: retryHeaders(second?.source ?? OWN),
  });
  const again = await messageDecoder().packets(retried, AUTO);
  assert.deepEqual([outcomes(again), positions(again)], [['T2'], ['alerts/2@5#1~retries/0@9']]);
});

test('packets() gives a retried message its first position; several within count on from its number', async () => {
  const container = await testContainer([[FIRST, SECOND]]);
  const headers = retryHeaders({ topic: 'survey', partition: 1, offset: 3n, index: 4 });
  const packets = await messageDecoder().packets(topicMessage(container, { ...RETRIED, headers }), AUTO);
  assert.deepEqual(positions(packets), ['survey/1@3#4~retries/0@9', 'survey/1@3#5~retries/0@9']);
  const bad = await messageDecoder().packets(topicMessage('?', RETRIED), AUTO);
  assert.deepEqual(positions(bad), ['survey/1@3~retries/0@9']);
});

test('packets() reads a slim alert at the position that it holds, retried too', async () => {
  const [alert] = fc.sample(anyAlert, { seed: 8, numRuns: 1 });
  assert.ok(alert);
  const source = { topic: 'survey', partition: 4, offset: 6n };
  const slim = encodeSlimAlert({ ...alert, source });
  const [packet] = await messageDecoder().packets(topicMessage(slim), AUTO);
  assert.ok(packet?.result.ok);
  assert.deepEqual([packet.source, packet.result.value], [source, { ...alert, source }]);
  const retried = await messageDecoder().packets(topicMessage(slim, RETRIED), AUTO);
  assert.deepEqual(positions(retried), ['survey/4@6~retries/0@9']);
  const cut = await messageDecoder().packets(topicMessage(slim.subarray(0, -1)), AUTO);
  assert.deepEqual([outcomes(cut), positions(cut)], [['AVRO_TRUNCATED'], ['alerts/2@5']]);
});

test('packets() names what keeps a message from being read, and keeps its bytes', async () => {
  const container = await testContainer([[FIRST]]);
  const cases: readonly (readonly [Buffer | string | null, string, RegExp])[] = [
    [null, 'FILE_EMPTY', /a tombstone/],
    ['', 'FILE_EMPTY', /it is empty/],
    [gzipSync(''), 'FILE_EMPTY', /gzip of nothing/],
    [gzipSync(container).subarray(0, -20), 'ARCHIVE_TRUNCATED', /cut off/],
    [Buffer.from('1f8b0000000000', 'hex'), 'ARCHIVE_CORRUPT', /as gzip/],
    [gzipSync(gzipSync(container)), 'FORMAT_UNKNOWN', /gzip once more/],
    [containerHeader(JSON.stringify(TEST_SCHEMA), 'null'), 'FILE_EMPTY', /without records/],
    [container.subarray(0, -5), 'AVRO_TRUNCATED', /ends/],
    ['{"objectId": 1}', 'FORMAT_UNKNOWN', /JSON: for JSON name format and mapping/],
    ['hello', 'FORMAT_UNKNOWN', /begins with 0x68656c6c6f, text/],
    [testMessage(8, FIRST), 'SCHEMA_ID_UNKNOWN', /Cannot find 8/],
    [Buffer.alloc(20_001), 'PACKET_TOO_LARGE', /at most 20000 bytes: current value is 20001 bytes/],
    [gzipSync(Buffer.alloc(40_001)), 'PACKET_TOO_LARGE', /at most 40000 bytes/],
  ];
  for (const [value, code, why] of cases) {
    const decoder = messageDecoder({ packetBytesMax: 20_000, blockBytesMax: 40_000 });
    const packets = await decoder.packets(topicMessage(value), AUTO);
    assert.deepEqual([outcomes(packets), positions(packets)], [[code], ['alerts/2@5']], String(why));
    assert.match(reasonOf(packets[0]), why);
    assert.deepEqual(Buffer.from(packets[0]?.original() ?? []), Buffer.from(value ?? ''));
  }
});

test('packets() refuses a message whose packets would fill the memory, as a whole', async () => {
  const small = { ...FIRST, history: [], cutout: null };
  const many = Array.from({ length: 60 }, () => testBody(small));
  const header = containerHeader(JSON.stringify(TEST_SCHEMA), 'null');
  const value = Buffer.concat([header, containerBlock(many.length, Buffer.concat(many))]);
  const decoder = messageDecoder({ blockBytesMax: 40_000 });
  const packets = await decoder.packets(topicMessage(value), AUTO);
  assert.deepEqual(outcomes(packets), ['PACKET_TOO_LARGE']);
  assert.match(reasonOf(packets[0]), /decode\.blockBytesMax/);
  assert.deepEqual(packets[0]?.original(), value);
});

function toyJson(object: string, mjd: number): Readonly<Record<string, unknown>> {
  return { object, id: 1, mjd, ra: 150, dec: 20, band: 'g', flux: 1000, err: 10 };
}

test('packets() reads JSON by the mapping of a survey, one record or a list', async () => {
  const decoder = messageDecoder();
  const one = topicMessage(`\ufeff ${JSON.stringify(toyJson('A', 60_000))}`);
  const packets = await decoder.packets(one, TOY);
  assert.deepEqual([outcomes(packets), positions(packets)], [['A'], ['alerts/2@5']]);
  assert.deepEqual(packets[0]?.original(), one.value);
  const list = [toyJson('A', 60_000), 7, toyJson('B', 1)];
  const several = await decoder.packets(topicMessage(JSON.stringify(list)), TOY);
  assert.deepEqual(outcomes(several), ['A', 'ALERT_INCOMPLETE', 'ALERT_OUT_OF_RANGE']);
  assert.deepEqual(positions(several), ['alerts/2@5#0', 'alerts/2@5#1', 'alerts/2@5#2']);
  const again = await decoder.packets(topicMessage(Buffer.from(several[0]?.original() ?? [])), TOY);
  assert.deepEqual(outcomes(again), ['A']);
});

test('packets() names what keeps a JSON message from being read', async () => {
  const cases: readonly (readonly [string | null, MessageFormat, string, RegExp])[] = [
    ['{"a": NaN}', TOY, 'JSON_INVALID', /no JSON/],
    ['[]', TOY, 'ALERT_INCOMPLETE', /it is an empty list/],
    ['"text"', TOY, 'ALERT_INCOMPLETE', /must be a record, and is a string/],
    ['{}', TOY, 'ALERT_INCOMPLETE', /"object" must be given/],
    [null, TOY, 'FILE_EMPTY', /tombstone/],
    ['{}', { kind: 'json', mapping: 'none' }, 'SURVEY_UNKNOWN', /current value is "none"/],
    ['{}', { kind: 'json', mapping: 'test' }, 'SURVEY_UNKNOWN', /current value is "test"/],
  ];
  for (const [value, format, code, why] of cases) {
    const packets = await messageDecoder().packets(topicMessage(value), format);
    assert.deepEqual(outcomes(packets), [code]);
    assert.match(reasonOf(packets[0]), why);
  }
});

test('packets() gives at least one packet for any bytes, in either format', async () => {
  const decoder = messageDecoder({ packetBytesMax: 10_000, blockBytesMax: 20_000 });
  const [alert] = fc.sample(anyAlert, { seed: 8, numRuns: 1 });
  assert.ok(alert);
  const seeds = [
    await testContainer([[FIRST, SECOND]], 'snappy'),
    testMessage(7, FIRST),
    gzipSync(await testContainer([[FIRST]])),
    encodeSlimAlert(alert),
    Buffer.from(JSON.stringify([toyJson('A', 60_000)])),
  ];
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), {
    maxLength: 4,
  });
  const mutated = fc.tuple(fc.constantFrom(...seeds), changes).map(([seed, changed]) => {
    const copy = Buffer.from(seed);
    for (const [at, byte] of changed) copy[Math.floor(at * (copy.length - 1))] = byte;
    return copy;
  });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, random), fc.constantFrom(AUTO, TOY), async (bytes, format) => {
      const packets = await decoder.packets(topicMessage(bytes), format);
      assert.ok(packets.length >= 1 && packets.length <= 20);
      positions(packets);
      for (const packet of packets) assert.ok(packet.original().length <= 40_000);
    }),
    { seed: 9, numRuns: 800 },
  );
});

test('packets() reads real packets as the reader of files does', async (context) => {
  const alerts = realData(context, 'data', 'alerts');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (alerts === null || schemas === null) return;
  const { decode, registry: about } = loadConfig(null);
  const registry = await openSchemaRegistry({ registry: about, schemasDir: schemas });
  const options = { decode, registry, adapters: surveyAdapters(decode.mappings), withCutouts: false };
  const [fromFiles, fromTopics] = [createPacketDecoder(options), createMessageDecoder(options)];
  let count = 0;
  for (const folder of ['lsst/confluent', 'lsst/ocf', 'other/atlas', 'other/rapid', 'malformed']) {
    const names: readonly string[] = readdirSync(path.join(alerts, folder));
    for (const file of names.filter((name) => /\.(avro|bin)$/.test(name)).slice(0, 12)) {
      const bytes: Buffer = readFileSync(path.join(alerts, folder, file));
      if (bytes.length === 0) continue;
      const wanted: readonly DecodedPacket[] = await collected(fromFiles.decodeBlob({ file, bytes }));
      const found: readonly DecodedPacket[] = await fromTopics.packets(topicMessage(bytes), AUTO);
      assert.deepEqual(outcomes(found), outcomes(wanted), file);
      positions(found);
      count += found.length;
    }
  }
  assert.ok(count >= 30, `${count} packets`);
});
