import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics, loadConfig, positionText, systemClock } from '../../../core/index.ts';
import type { Config, ConfigInput, SourcePosition } from '../../../core/index.ts';
import {
  LetterDecoding,
  deadLetter,
  listLetters,
  retryLetters,
  topicLetterBox,
} from '../../../pipeline/index.ts';
import type { LetterSelection, RetryLettersOptions, RetrySummary } from '../../../pipeline/index.ts';
import { createTopicOutputs } from '../../../pipeline/outputs/topic-outputs.ts';
import {
  createMessageDecoder,
  openSchemaRegistry,
  originOf,
  surveyAdapters,
} from '../../../streams/index.ts';
import type { OutRecord, TopicMessage } from '../../../streams/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { containerBlock, containerHeader } from '../../helpers/test-packets.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';

const ALL: LetterSelection = { code: null, sinceMs: null, positions: [] };
const LETTERS = 'nightjar.dead-letters';
const RETRIES = 'nightjar.retries';

/** Topics of one partition each, in memory. */
class MemoryTopics {
  readonly #topics = new Map<string, TopicMessage[]>();
  readonly transactions: number[] = [];
  /** Transactions that succeed; the next ones fail. */
  transactionsMax = Infinity;

  of(topic: string): TopicMessage[] {
    const known = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, known);
    return known;
  }

  write({ topic, key, value, headers = {} }: OutRecord): TopicMessage {
    const messages = this.of(topic);
    const message: TopicMessage = {
      topic,
      partition: 0,
      offset: BigInt(messages.length),
      timestampMs: 1000 * messages.length,
      key: key === null ? null : Buffer.from(key),
      value,
      headers: new Map(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    };
    messages.push(message);
    return message;
  }

  async *read(topic: string): AsyncGenerator<TopicMessage, void> {
    await Promise.resolve();
    yield* [...this.of(topic)];
  }

  message(topic: string, { offset }: { readonly offset: bigint }): Promise<TopicMessage | null> {
    return Promise.resolve(this.of(topic)[Number(offset)] ?? null);
  }

  publish(records: readonly OutRecord[]): Promise<void> {
    if (this.transactions.length >= this.transactionsMax) return Promise.reject(new Error('no broker'));
    this.transactions.push(records.length);
    for (const record of records) this.write(record);
    return Promise.resolve();
  }
}

class Service {
  readonly topics = new MemoryTopics();
  readonly config: Config;
  readonly #decoding: Promise<LetterDecoding>;

  constructor(config: ConfigInput = TOY_CONFIG) {
    this.config = loadConfig(null, config);
    this.#decoding = LetterDecoding.open(this.config, { clock: systemClock, metrics: new Metrics() });
  }

  /** Writes a letter about a packet. */
  async letter(source: SourcePosition, bytes: Buffer, messageBytesMax = 900_000): Promise<void> {
    const outputs = await createTopicOutputs({
      outputs: this.config.outputs,
      candidates: this.config.candidates,
      detectors: ['knn'],
      messageBytesMax,
      registry: this.config.registry,
    });
    const letter = deadLetter({ code: 'SURVEY_UNKNOWN', reason: 'Cannot' }, source, bytes);
    for (const record of outputs.deadLetters([letter])) this.topics.write(record);
  }

  async retry(
    selection: Partial<LetterSelection> = {},
    options: Partial<RetryLettersOptions> = {},
  ): Promise<RetrySummary> {
    return retryLetters({
      topics: this.topics,
      retriesTopic: RETRIES,
      box: topicLetterBox(this.topics, LETTERS, await this.#decoding),
      selection: { ...ALL, ...selection },
      again: false,
      messageBytesMax: 900_000,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...options,
    });
  }

  async now(position: string): Promise<readonly string[]> {
    const decoding = await this.#decoding;
    const box = topicLetterBox(this.topics, LETTERS, decoding);
    for await (const letter of box.letters()) {
      if (positionText(letter.source) !== position) continue;
      const packet = await box.packetOf(letter);
      const results = packet === null ? [] : await decoding.now(letter, packet);
      return results.map((result) => {
        if (!result.ok) return result.rejection.code;
        return typeof result.value === 'string' ? result.value : String(result.value.objectId);
      });
    }
    return ['no letter'];
  }
}

const at = (offset: number): SourcePosition => ({ topic: 'alerts', partition: 0, offset: BigInt(offset) });

test('letters are written to the topic of retries as packets with their provenance, each once', async () => {
  const service = new Service();
  const packets = [60_000, 60_001].map((mjd) => toyPacket('a', mjd).bytes);
  for (const [i, bytes] of packets.entries()) await service.letter(at(i), bytes);
  const counts = { triedBefore: 0, gone: 0, tooLarge: 0, isComplete: true };
  assert.deepEqual(await service.retry(), { ...counts, published: 2 });
  const retries = service.topics.of(RETRIES);
  assert.deepEqual(
    retries.map(({ value }) => value),
    packets,
  );
  assert.deepEqual(retries.map(originOf), [
    { ...at(0), retry: { topic: RETRIES, partition: 0, offset: 0n } },
    { ...at(1), retry: { topic: RETRIES, partition: 0, offset: 1n } },
  ]);
  assert.deepEqual(await service.retry(), { ...counts, published: 0, triedBefore: 2 });
  // One that failed again is a new letter, and is tried once more.
  const [, again] = retries.map(originOf);
  assert.ok(again !== undefined);
  await service.letter(again, packets[1] ?? Buffer.alloc(0));
  assert.deepEqual(await service.retry(), { ...counts, published: 1, triedBefore: 2 });
  assert.deepEqual(service.topics.of(RETRIES).map(originOf)[2], {
    ...at(1),
    retry: { topic: RETRIES, partition: 0, offset: 2n },
  });
  assert.deepEqual(await service.retry({}, { again: true }), { ...counts, published: 3 });
});

test('letters are chosen by position of packet or letter, code and time', async () => {
  const service = new Service();
  for (let i = 0; i < 5; i++) await service.letter(at(i), toyPacket('a', 60_000 + i).bytes);
  assert.equal((await service.retry({ code: 'AVRO_CORRUPT' })).published, 0);
  assert.equal((await service.retry({ sinceMs: 4000 })).published, 1);
  assert.equal((await service.retry({ positions: ['alerts/0@1', `${LETTERS}/0@2`] })).published, 2);
  await assert.rejects(
    service.retry({ positions: ['alerts/0@9'] }),
    hasCode('INPUT_NOT_FOUND', '"alerts/0@9"'),
  );
  assert.deepEqual(await service.retry(), {
    published: 2,
    triedBefore: 3,
    gone: 0,
    tooLarge: 0,
    isComplete: true,
  });
});

test('a packet that its letter left out is read at its source, if it is still the same', async () => {
  const service = new Service();
  const packet = toyPacket('a', 60_000).bytes;
  for (const value of [packet, Buffer.from('another')])
    service.topics.write({ topic: 'alerts', key: null, value });
  for (let i = 0; i < 3; i++) await service.letter(at(i), packet, 300);
  await service.letter({ file: 'a.avro', index: 0 }, packet, 300);
  const { published, gone } = await service.retry();
  assert.deepEqual([published, gone], [1, 3]);
  assert.deepEqual(service.topics.of(RETRIES)[0]?.value, packet);
});

test('one packet of a message that holds several is found in it', async () => {
  const service = new Service();
  const several = [60_000, 60_001].map((mjd) => toyPacket('a', mjd).bytes);
  const text = several[0]?.toString('latin1') ?? '';
  const head = containerHeader(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1), 'null');
  const bodies = several.map((bytes) => bytes.subarray(head.length + 2, bytes.length - 16));
  const message = Buffer.concat([head, containerBlock(2, Buffer.concat(bodies))]);
  const sent = service.topics.write({ topic: 'alerts', key: null, value: message });
  const { decode } = service.config;
  const registry = await openSchemaRegistry({ registry: service.config.registry, schemasDir: null });
  const decoder = createMessageDecoder({
    decode,
    registry,
    adapters: surveyAdapters(decode.mappings),
    withCutouts: false,
  });
  const packets = await decoder.packets(sent, { kind: 'auto' });
  assert.equal(packets.length, 2);
  for (const packet of packets) await service.letter(packet.source, Buffer.from(packet.original()), 300);
  assert.equal((await service.retry()).published, 2);
  for (const [i, retry] of service.topics.of(RETRIES).entries()) {
    const [again] = await decoder.packets(retry, { kind: 'auto' });
    assert.ok(again?.result.ok);
    assert.deepEqual(again.source, {
      ...at(0),
      index: i,
      retry: { topic: RETRIES, partition: 0, offset: BigInt(i) },
    });
    assert.equal(again.result.value.mjdTai, 60_000 + i);
  }
});

test('a packet too large for a message is counted, and those behind it go on', async () => {
  const service = new Service();
  await service.letter(at(0), Buffer.alloc(5000));
  await service.letter(at(1), Buffer.alloc(2000));
  const { published, tooLarge } = await service.retry({}, { messageBytesMax: 4000 });
  assert.deepEqual([published, tooLarge], [1, 1]);
});

test('transactions are bounded, and a call that failed between them is gone on with', async () => {
  const service = new Service();
  const packet = toyPacket('a', 60_000).bytes;
  for (let i = 0; i < 1200; i++) await service.letter(at(i), packet);
  service.topics.transactionsMax = 2;
  await assert.rejects(service.retry(), /no broker/);
  service.topics.transactionsMax = Infinity;
  assert.deepEqual(await service.retry(), {
    published: 200,
    triedBefore: 1000,
    gone: 0,
    tooLarge: 0,
    isComplete: true,
  });
  assert.deepEqual(service.topics.transactions, [500, 500, 200]);
  const origins = service.topics
    .of(RETRIES)
    .map((message) => positionText({ ...originOf(message), retry: { file: '', index: 0 } }));
  assert.equal(new Set(origins).size, 1200);
});

test('a call that is stopped says that it is not complete', async () => {
  const service = new Service();
  await service.letter(at(0), Buffer.from('x'));
  const summary = await service.retry({}, { signal: AbortSignal.abort() });
  assert.deepEqual([summary.published, summary.isComplete], [0, false]);
});

test('messages in the topic of letters that are none are passed over', async () => {
  const service = new Service();
  for (const value of [
    Buffer.alloc(0),
    Buffer.from('{'),
    Buffer.from('{}'),
    Buffer.from([0, 0, 0, 0, 1, 2]),
  ]) {
    service.topics.write({ topic: LETTERS, key: null, value });
  }
  await service.letter(at(0), Buffer.from('x'));
  const decoding = await LetterDecoding.open(service.config, { clock: systemClock, metrics: new Metrics() });
  const list = await listLetters(topicLetterBox(service.topics, LETTERS, decoding).letters(), {
    selection: ALL,
    limit: 10,
  });
  assert.deepEqual([list.total, list.rows[0]?.atMs], [1, 4000]);
});

test('what a packet is now is told by the source of its topic', async () => {
  const service = new Service({
    ...TOY_CONFIG,
    sources: [
      { topics: ['alerts'] },
      { topics: ['spectra'], kind: 'spectra' },
      { topics: ['metadata'], kind: 'metadata' },
    ],
  });
  const metadata = Buffer.from(
    JSON.stringify({ objectId: 'a', survey: 'ztf', metadata: { parallaxMas: 1 } }),
  );
  await service.letter(at(0), toyPacket('a', 60_000).bytes);
  await service.letter({ topic: 'spectra', partition: 0, offset: 0n }, Buffer.from('{"objectId":"a"}'));
  await service.letter({ topic: 'metadata', partition: 0, offset: 0n }, metadata);
  await service.letter({ topic: 'elsewhere', partition: 0, offset: 0n }, Buffer.from('noise'));
  assert.deepEqual(await service.now('alerts/0@0'), ['a']);
  assert.deepEqual(await service.now('spectra/0@0'), ['SPECTRUM_INVALID']);
  assert.equal((await service.now('metadata/0@0')).length, 1);
  assert.deepEqual(await service.now('elsewhere/0@0'), ['FORMAT_UNKNOWN']);
});
