import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ConfigInput, ScoreRecord } from '../../../core/index.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';
import { startSchemaRegistry } from '../../helpers/services/schema-registry.ts';
import { produce } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { toldPacket, toyPacket } from '../../helpers/toy-survey.ts';
import { avroRecords } from './avro-records.ts';
import { ToyService, stopped, timeless } from './toy-service.ts';

const NIGHT = 'toy_20260101';
const SECRET = 'webhook-secret';
type Json = Readonly<Record<string, unknown>>;

test('nightjar run on topics of two surveys', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  const registry = await startSchemaRegistry(context);
  await kafka.createTopic({ topic: 'told' });
  const sources: ConfigInput['sources'] = [
    { pattern: 'toy_\\d{8}' },
    { topics: ['told'], format: 'json', mapping: 'told' },
  ];
  const plain = new ToyService({
    ...{ kafka, folder, name: 'plain', sources },
    config: { kafka: { topicsRefreshMs: 300 }, candidates: { scoreMin: 100 }, metrics: { port: 0 } },
  });

  await context.test('picks up a nightly topic that is created while it runs', async () => {
    const instance = plain.startFor(context);
    await produce(kafka, 'told', toldMessages());
    await plain.consumed(instance, ['told']);
    assert.deepEqual(outline(await plain.scores()), ['told T1 2', 'told T1 3', 'told T2 2']);
    await kafka.createTopic({ topic: NIGHT, partitions: 2 });
    await kafka.createTopic({ topic: 'toy_2026', partitions: 1 });
    await produce(kafka, 'toy_2026', toyMessages());
    await produce(kafka, NIGHT, toyMessages());
    await plain.consumed(instance, ['told', NIGHT]);
    const scores = await plain.scores();
    assert.deepEqual(outline(scores), [
      'told T1 2',
      'told T1 3',
      'told T2 2',
      'toy A 2',
      'toy A 3',
      'toy B 2',
    ]);
    assert.ok(scores.every(({ mask, cause }) => mask === 'P' && cause === 'alert'));
    const topics = scores.map(({ survey, source }) => ('topic' in source ? `${survey} ${source.topic}` : ''));
    assert.deepEqual([...new Set(topics)].sort(), ['told told', `toy ${NIGHT}`]);
    const letters = (await plain.letters()).map(({ code }) => String(code));
    assert.deepEqual(letters.sort(), ['FORMAT_UNKNOWN', 'JSON_INVALID']);
    assert.deepEqual(await plain.jsonOf(plain.candidatesTopic), []);
    const [, url = ''] = /^nightjar: metrics, \/health and \/ready at (http\S+)$/m.exec(instance.log()) ?? [];
    for (const page of ['health', 'ready']) assert.equal((await fetch(`${url}/${page}`)).status, 200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^nightjar_kafka_consumer_restarts_total\{cause="topics"\} 1$/m);
    const said = await stopped(instance);
    assert.match(said, /^nightjar: a member of group "plain" with \d+ partitions$/m);
  });

  const scoreMin = medianNovelty(await plain.scores());
  const receiver = await startReceiver(context);
  const avroService = new ToyService({
    ...{ kafka, folder, name: 'avro', sources },
    config: {
      registry: { url: registry.url },
      outputs: { format: 'avro' },
      candidates: { scoreMin },
      webhook: { url: `${receiver.url}/hook?key=hidden`, retryMs: 50 },
    },
    env: { NIGHTJAR__WEBHOOK__SECRET: SECRET },
  });

  await context.test('writes in Avro, by registered schemas, what it writes in JSON', async () => {
    const instance = avroService.startFor(context);
    await avroService.consumed(instance, ['told', NIGHT]);
    const read = (topic: string): Promise<readonly Json[]> => avroRecords(kafka, registry.url, topic);
    const scores = await read(avroService.scoresTopic);
    assert.ok(registry.requests.includes('POST /subjects/avro.scores-value/versions'));
    assert.deepEqual(sorted(scores.map(timeless)), sorted((await plain.scores()).map(timeless)));
    assert.ok(scores.every(({ latencyMs }) => Number((latencyMs as Json)['inPipeline']) >= 0));
    const letters = await read(avroService.lettersTopic);
    const asJson = letters.map(({ bytes, bytesOmitted, bytesOmittedReason, ...letter }) => {
      assert.deepEqual([bytesOmitted, bytesOmittedReason], [false, null]);
      return { ...letter, bytesBase64: Buffer.from(bytes as Uint8Array).toString('base64') };
    });
    assert.deepEqual(sorted(asJson), sorted(await plain.letters()));
    const candidates = await read(avroService.candidatesTopic);
    const expected = scores.filter((score) => noveltyOf(score) >= scoreMin);
    assert.ok(expected.length > 0 && expected.length < scores.length);
    assert.deepEqual(sorted(candidates), sorted(expected));

    await eventually('the candidates at the webhook', 30_000, () =>
      receiver.accepted().length >= candidates.length ? true : null,
    );
    await stopped(instance);
    assert.deepEqual(
      sorted(receiver.accepted().map(({ body }) => JSON.parse(body) as Json)),
      sorted(candidates),
    );
  });

  await context.test('signs what it posts to the webhook, and posts again what was not taken', () => {
    for (const { headers, body } of receiver.requests) {
      const { survey, objectId, revision } = JSON.parse(body) as ScoreRecord;
      assert.equal(headers['nightjar-delivery'], `${survey}/${objectId}/${revision}`);
      const signed = `${String(headers['nightjar-timestamp'])}.${body}`;
      const signature = createHmac('sha256', SECRET).update(signed).digest('hex');
      assert.equal(headers['nightjar-signature'], `sha256=${signature}`);
    }
    const [first] = receiver.requests;
    assert.equal(first?.isAccepted, false);
    const deliveries = receiver.accepted().map(({ headers }) => headers['nightjar-delivery']);
    assert.ok(deliveries.includes(first.headers['nightjar-delivery']));
    assert.equal(new Set(deliveries).size, deliveries.length);
  });
});

function toldMessages(): { readonly key: string; readonly value: Buffer }[] {
  return [
    { key: 'T1', value: toldPacket('T1', 60_001) },
    { key: 'T1', value: toldPacket('T1', 60_002.5, { flux: 9000 }) },
    { key: 'T1', value: toldPacket('T1', 60_003, { flux: 200, band: 'r' }) },
    { key: 'T1', value: Buffer.from('{"object": "T1", ') },
    // One message of two packets.
    {
      key: 'T2',
      value: Buffer.from(`[${[60_001, 60_009].map((mjd) => String(toldPacket('T2', mjd))).join()}]`),
    },
  ];
}

function toyMessages(): { readonly key: string; readonly value: Buffer }[] {
  return [
    { key: 'A', value: toyPacket('A', 60_001).bytes },
    { key: 'B', value: toyPacket('B', 60_001.5).bytes },
    { key: 'A', value: toyPacket('A', 60_002, { flux: 50_000 }).bytes },
    { key: 'B', value: Buffer.from('no packet at all') },
    { key: 'A', value: toyPacket('A', 60_004, { band: 'r', flux: -500 }).bytes },
    { key: 'B', value: toyPacket('B', 60_003.5, { flux: 1010 }).bytes },
  ];
}

function outline(scores: readonly ScoreRecord[]): readonly string[] {
  return scores.map(({ survey, objectId, revision }) => `${survey} ${objectId} ${revision}`).sort();
}

function noveltyOf(score: Pick<ScoreRecord, 'novelty'> | Json): number {
  return Number((score['novelty'] as ScoreRecord['novelty']).detectors['knn']);
}

/** Some scores lie below it, and some do not. */
function medianNovelty(scores: readonly ScoreRecord[]): number {
  const values = scores.map(noveltyOf).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}

function sorted(records: readonly object[]): readonly unknown[] {
  return records
    .map((record) => JSON.parse(JSON.stringify(record)) as unknown)
    .sort((a, b) => (canonical(a) < canonical(b) ? -1 : 1));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly isAccepted: boolean;
}

/** Takes all that is posted, but for the very first time. */
async function startReceiver(context: TestContext): Promise<{
  readonly url: string;
  readonly requests: readonly Received[];
  accepted(): readonly Received[];
}> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isAccepted = requests.length > 0;
      requests.push({ headers: request.headers, body, isAccepted });
      response.writeHead(isAccepted ? 204 : 503).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, accepted: () => requests.filter(({ isAccepted }) => isAccepted) };
}
