import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { accepted, jsonText, loadConfig, positionText, rejected } from '../../../core/index.ts';
import type { Config, SourcePosition } from '../../../core/index.ts';
import { createRegisteredRecordReader, originOf } from '../../../streams/index.ts';
import type { OutRecord, SchemaSource } from '../../../streams/index.ts';
import { DEAD_LETTER_FIELDS, DEAD_LETTER_SCHEMA_TEXT } from '../../../pipeline/outputs/dead-letter-schema.ts';
import { SCORE_FIELDS, SCORE_SCHEMA_TEXT, scoreOfAvro } from '../../../pipeline/outputs/score-schema.ts';
import { sourceOfFlat } from '../../../pipeline/outputs/source-schema.ts';
import { createTopicOutputs } from '../../../pipeline/outputs/topic-outputs.ts';
import { recordBytes } from '../../../streams/index.ts';
import type { TopicOutputs } from '../../../pipeline/outputs/topic-outputs.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { letterOf, scoreRecord } from './records.ts';

const ALERT: SourcePosition = { topic: 'alerts', partition: 2, offset: 77n };
const SOURCES: readonly SourcePosition[] = [
  ALERT,
  { ...ALERT, index: 3, retry: { topic: 'retries', partition: 0, offset: 5n } },
  {
    file: 'a.tar',
    member: 'b.avro',
    memberIndex: 4,
    index: 0,
    retry: { file: 'dead-letters.jsonl', index: 9 },
  },
  { file: 'c.avro', index: 1 },
];

interface Wanted {
  readonly format?: Config['outputs']['format'];
  readonly candidates?: Partial<Config['candidates']>;
  readonly messageBytesMax?: number;
  readonly url?: string | null;
}

function outputs(wanted: Wanted = {}): Promise<TopicOutputs> {
  const { format = 'json', candidates = {}, messageBytesMax = 900_000, url = null } = wanted;
  const config = loadConfig(null, { candidates });
  return createTopicOutputs({
    outputs: { ...config.outputs, format },
    candidates: config.candidates,
    detectors: ['knn', 'other'],
    messageBytesMax,
    registry: { url, timeoutMs: 1000 },
  });
}

/** A registry that allots an id to each subject, from 1. */
function serveRegistry(context: TestContext): { readonly requests: { subject: string; schema: string }[] } {
  const requests: { subject: string; schema: string }[] = [];
  context.mock.method(globalThis, 'fetch', (url: string, init: RequestInit) => {
    assert.equal(init.method, 'POST');
    const subject = new URL(url).pathname.split('/')[2] ?? '';
    const { schema } = JSON.parse(init.body as string) as { readonly schema: string };
    requests.push({ subject, schema });
    return Promise.resolve(new Response(JSON.stringify({ id: requests.length })));
  });
  return { requests };
}

function answer(context: TestContext, status: number, body: unknown): void {
  context.mock.method(globalThis, 'fetch', () =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
}

/** Knows the schemas by the ids that `serveRegistry` allots. */
const SCHEMAS: SchemaSource = {
  schema: (wireId) =>
    Promise.resolve(
      wireId <= 4
        ? accepted({
            root: JSON.parse(wireId <= 2 ? SCORE_SCHEMA_TEXT : DEAD_LETTER_SCHEMA_TEXT) as unknown,
            named: new Map(),
          })
        : rejected('SCHEMA_ID_UNKNOWN', 'none'),
    ),
};

function parsed(record: OutRecord | undefined): Record<string, unknown> {
  return JSON.parse(record?.value.toString('utf8') ?? '') as Record<string, unknown>;
}

const URL_TEXT = 'http://schemas.test:8081';

test('scores() gives each record once for scores, and candidates once more, keyed by object', async () => {
  const out = await outputs({ candidates: { scoreMin: 0.6 } });
  const novel = scoreRecord();
  const known = scoreRecord({ novelty: { ...novel.novelty, detectors: { knn: 0.59 } } });
  const records = out.scores([novel, known]);
  assert.deepEqual(
    records.map(({ topic, key }) => `${topic} ${key ?? ''}`),
    [
      'nightjar.scores lsst/9223372036854775807',
      'nightjar.candidates lsst/9223372036854775807',
      'nightjar.scores lsst/9223372036854775807',
    ],
  );
  assert.equal(records[0]?.value.toString(), jsonText(novel));
  assert.equal(records[1]?.value, records[0].value);
});

test('the p-value decides where it is configured and there, else the detector', async () => {
  const count = async (
    candidates: Partial<Config['candidates']>,
    pValue: number | null,
    score = 0.5,
  ): Promise<number> => {
    const novelty = { pValue, falseAlarmsPerNight: null, detectors: { knn: score } };
    return (await outputs({ candidates })).scores([scoreRecord({ novelty })]).length - 1;
  };
  assert.equal(await count({ pValueMax: 0.01 }, 0.01, 0), 1);
  assert.equal(await count({ pValueMax: 0.01 }, 0.011, 1), 0);
  assert.equal(await count({ pValueMax: 0.01 }, null, 0.5), 1);
  assert.equal(await count({}, 0, 0.49), 0);
  assert.equal(await count({ detector: 'other' }, null, 1), 0);
});

test('createTopicOutputs() refuses a detector that does not score', async () => {
  await assert.rejects(
    outputs({ candidates: { detector: 'isolation' } }),
    hasCode('CONFIG_INVALID', 'candidates.detector', 'knn, other', '"isolation"'),
  );
});

test('Avro scores read back are the JSON records, whatever their source', async (context) => {
  const { requests } = serveRegistry(context);
  const out = await outputs({ format: 'avro', url: URL_TEXT });
  assert.deepEqual(
    requests.map(({ subject }) => subject),
    [
      'nightjar.scores-value',
      'nightjar.candidates-value',
      'nightjar.dead-letters-value',
      'nightjar.too-late-value',
    ],
  );
  const reader = createRegisteredRecordReader(SCHEMAS, SCORE_FIELDS);
  const plain = { latencyMs: null, alertId: null };
  for (const record of [...SOURCES.map((source) => scoreRecord({ source })), scoreRecord(plain)]) {
    const messages = out.scores([record]);
    assert.deepEqual(
      messages.map(({ value }) => value.readUInt32BE(1)),
      [1, 2],
    );
    for (const { value } of messages) {
      const read = await reader.read(value);
      assert.ok(read.ok, read.ok ? '' : read.rejection.reason);
      assert.equal(jsonText(scoreOfAvro(read.value)), jsonText(record));
    }
  }
});

test('dead letters carry code, reason, provenance and the packet, in both formats', async (context) => {
  serveRegistry(context);
  const json = await outputs();
  const avro = await outputs({ format: 'avro', url: URL_TEXT });
  const reader = createRegisteredRecordReader(SCHEMAS, DEAD_LETTER_FIELDS);
  for (const source of SOURCES) {
    const letter = letterOf(source, Buffer.from('packet'));
    const [line] = json.deadLetters([letter]);
    const [message] = avro.deadLetters([letter]);
    assert.equal(line?.key, positionText(source));
    assert.equal(line.topic, 'nightjar.dead-letters');
    assert.equal(line.headers?.['nightjar-code'], 'AVRO_CORRUPT');
    assert.deepEqual(Object.keys(parsed(line)), [
      'code',
      'reason',
      'source',
      'byteLength',
      'sha256',
      'bytesBase64',
    ]);
    const headers = new Map(Object.entries(line.headers).map(([name, text]) => [name, Buffer.from(text)]));
    const retried = { topic: 'retries', partition: 1, offset: 8n };
    const origin = originOf({ ...retried, key: null, value: null, timestampMs: 0, headers });
    assert.deepEqual(origin, { ...source, retry: retried });

    const read = await reader.read(message?.value ?? Buffer.alloc(0));
    assert.ok(read.ok);
    assert.deepEqual(sourceOfFlat(read.value['source']), source);
    assert.equal(Buffer.from(read.value['bytes'] as Uint8Array).toString(), 'packet');
    assert.equal(read.value['bytesOmitted'], false);
    assert.deepEqual([read.value['sha256'], read.value['byteLength']], [letter.sha256, 6]);
  }
});

test('a letter whose message would be too large goes without its packet, and says so', async (context) => {
  serveRegistry(context);
  for (const format of ['json', 'avro'] as const) {
    const messageBytesMax = 4000;
    const out = await outputs({ format, url: URL_TEXT, messageBytesMax });
    let withPacket = 0;
    for (let byteLength = 2000; byteLength < 4100; byteLength += 50) {
      for (const [record] of [
        out.deadLetters([letterOf(ALERT, Buffer.alloc(byteLength, 7))]),
        out.tooLate([letterOf(ALERT, Buffer.alloc(byteLength, 7))]),
      ]) {
        assert.ok(record !== undefined && recordBytes(record) <= messageBytesMax);
        if (record.value.length > byteLength) withPacket++;
      }
    }
    assert.ok(withPacket > 20 && withPacket < 84, `${withPacket} with their packet`);
  }
  const [record] = (await outputs({ messageBytesMax: 4000 })).deadLetters([
    letterOf(ALERT, Buffer.alloc(5000)),
  ]);
  const { bytesBase64, bytesOmitted, bytesOmittedReason, byteLength } = parsed(record);
  assert.deepEqual([bytesBase64, bytesOmitted, byteLength], [null, true, 5000]);
  assert.match(
    String(bytesOmittedReason),
    /kafka\.messageBytesMax 4000 bytes: current value is .* 5000 bytes$/,
  );
});

test('a reason that quotes megabytes of a packet does not make its letter too large', async () => {
  const letter = letterOf(ALERT, Buffer.alloc(10), `Cannot ${'É'.repeat(2_000_000)}`);
  const [record] = (await outputs()).deadLetters([letter]);
  assert.ok(record !== undefined && recordBytes(record) < 20_000);
});

test('Avro without a registry, a registry that refuses and one that is down are one clear line', async (context) => {
  await assert.rejects(
    outputs({ format: 'avro' }),
    hasCode('CONFIG_INVALID', 'registry.url', 'outputs.format'),
  );
  const cases = [
    [
      409,
      { error_code: 409, message: 'Schema being registered is incompatible' },
      'CONFIG_INVALID',
      'incompatible',
    ],
    [422, { error_code: 42201, message: 'Invalid schema' }, 'CONFIG_INVALID', 'Invalid schema'],
    [401, {}, 'CONFIG_INVALID', 'it answered 401'],
    [404, 'no registry', 'CONFIG_INVALID', '404'],
    [500, { error_code: 50001, message: 'Error in the backend' }, 'REGISTRY_UNREACHABLE', 'backend'],
    [429, {}, 'REGISTRY_UNREACHABLE', '429'],
    [200, { id: -1 }, 'REGISTRY_UNREACHABLE', '200'],
  ] as const;
  for (const [status, body, code, words] of cases) {
    answer(context, status, body);
    const refused = outputs({ format: 'avro', url: 'http://user:secret@schemas.test' });
    const named = hasCode(code, words, '"nightjar.scores-value"', '"http://schemas.test"');
    await assert.rejects(refused, (error) => named(error) && !String(error).includes('secret'));
    context.mock.restoreAll();
  }
  context.mock.method(globalThis, 'fetch', () => {
    const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
    return Promise.reject(new TypeError('fetch failed', { cause }));
  });
  const down = outputs({ format: 'avro', url: URL_TEXT });
  await assert.rejects(down, hasCode('REGISTRY_UNREACHABLE', 'ECONNREFUSED'));
});

test('no bytes make the reader of registered records throw', async () => {
  const readers = [SCORE_FIELDS, DEAD_LETTER_FIELDS].map((fields) =>
    createRegisteredRecordReader(SCHEMAS, fields),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 0, max: 5 }),
      async (body, wireId) => {
        const framed = Buffer.concat([Buffer.from([0, 0, 0, 0, wireId]), body]);
        for (const reader of readers) {
          await reader.read(framed);
          await reader.read(Buffer.from(body));
        }
      },
    ),
    { seed: 4, numRuns: 500 },
  );
});
