import type { EachBatchPayload } from 'kafkajs';
import { systemClock } from '../../../core/index.ts';
import { StickyPartitioner } from '../../../streams/kafka/sticky-partitioner.ts';
import type { Kafka } from './kafka-cluster.ts';
import { eventually } from './processes.ts';

/** Of one request; below the brokers' limit of a record batch. */
const SEND_BYTES_MAX = 800_000;
const READ_MS_MAX = 90_000;

export interface ProducedMessage {
  readonly key: string | null;
  readonly value: Buffer | null;
  /** Without it the key decides, as in Java's producer; without both, any. */
  readonly partition?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without it, now. */
  readonly timestampMs?: number;
}

export interface ReadMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** `topic/partition`. */
export type PartitionName = string;

/**
 * Writes messages in order, in requests of bounded size, acknowledged by all replicas in sync.
 *
 * @throws Error where not all were acknowledged: some of them may be there
 */
export async function produce(
  kafka: Kafka,
  topic: string,
  messages: Iterable<ProducedMessage>,
): Promise<void> {
  const partitioner = new StickyPartitioner();
  const producer = kafka.client().producer({
    createPartitioner: partitioner.create,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    for (const part of inParts(messages)) {
      const sent = part.map(({ headers = {}, timestampMs, ...message }) => ({
        ...message,
        headers: { ...headers },
        ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
      }));
      const answers = await producer.send({ topic, messages: sent, acks: -1 });
      // Where a leader moves between two attempts, kafkajs may pass over a partition.
      const expected = new Set(sent.map((message) => partitioner.partitionOf(message)));
      if (answers.length < expected.size)
        throw new Error(
          `Cannot write to "${topic}": ${answers.length} of ${expected.size} partitions answered`,
        );
    }
  } finally {
    await producer.disconnect();
  }
}

function* inParts(messages: Iterable<ProducedMessage>): Generator<readonly ProducedMessage[]> {
  let part: ProducedMessage[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = message.value?.length ?? 0;
    if (part.length > 0 && bytes + size > SEND_BYTES_MAX) {
      yield part;
      [part, bytes] = [[], 0];
    }
    part.push(message);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

/** What read-committed consumers see of topics, read bit by bit: each call gives what has come since the last. */
export class TopicTail {
  readonly #kafka: Kafka;
  readonly #topics: readonly string[];
  readonly #next = new Map<PartitionName, bigint>();

  constructor(kafka: Kafka, topics: readonly string[]) {
    this.#kafka = kafka;
    this.#topics = topics;
  }

  /**
   * Reads to where the topics end now: up to the first transaction that is open.
   *
   * @param take is given every message; those of a partition in order
   */
  async read(take: (message: ReadMessage) => void): Promise<void> {
    const ends = await endOffsets(this.#kafka, this.#topics);
    const left = new Set([...ends].filter(([name, end]) => this.#nextOf(name) < end).map(([name]) => name));
    if (left.size === 0) return;
    const groupId = `test-reader-${process.pid}-${systemClock.nowMs()}-${Math.trunc(systemClock.monotonicMs())}`;
    const consumer = this.#kafka.client().consumer({ groupId, readUncommitted: false, maxWaitTimeInMs: 200 });
    const passed = (name: PartitionName, lastOffset: string): void => {
      const next = BigInt(lastOffset) + 1n;
      if (next > this.#nextOf(name)) this.#next.set(name, next);
      if (this.#nextOf(name) >= (ends.get(name) ?? 0n)) left.delete(name);
    };
    // The client hands over no batch that held only what aborted transactions left, but says that it passed one.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      passed(`${payload.topic}/${payload.partition}`, payload.lastOffset);
    });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [...this.#topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: ({ batch }) => {
          const name = `${batch.topic}/${batch.partition}`;
          for (const message of readMessages(batch)) if (message.offset >= this.#nextOf(name)) take(message);
          passed(name, batch.lastOffset());
          return Promise.resolve();
        },
      });
      for (const [name, next] of this.#next) consumer.seek({ ...placeOf(name), offset: String(next) });
      await eventually(`the end of ${[...left].join(', ')}`, READ_MS_MAX, () =>
        left.size === 0 ? true : null,
      );
    } finally {
      await consumer.disconnect();
      await this.#kafka.withAdmin((admin) => admin.deleteGroups([groupId])).catch(() => undefined);
    }
  }

  #nextOf(name: PartitionName): bigint {
    return this.#next.get(name) ?? 0n;
  }
}

/** All that read-committed consumers see of a topic, partition by partition. */
export async function readCommitted(kafka: Kafka, topic: string): Promise<readonly ReadMessage[]> {
  const messages: ReadMessage[] = [];
  await new TopicTail(kafka, [topic]).read((message) => messages.push(message));
  return messages;
}

/** Where partitions end: the offset after their last message, or mark of a transaction. */
export async function endOffsets(
  kafka: Kafka,
  topics: readonly string[],
): Promise<ReadonlyMap<PartitionName, bigint>> {
  const ends = new Map<PartitionName, bigint>();
  await kafka.withAdmin(async (admin) => {
    for (const topic of topics)
      for (const { partition, high } of await admin.fetchTopicOffsets(topic))
        ends.set(`${topic}/${partition}`, BigInt(high));
  });
  return ends;
}

/**
 * Waits until a group has committed everything up to the given ends.
 *
 * @param options.ends by partition; partitions that end at 0 need no offset
 */
export async function untilConsumed(
  kafka: Kafka,
  options: {
    readonly groupId: string;
    readonly ends: ReadonlyMap<PartitionName, bigint>;
    readonly limitMs: number;
    /** Called before each look; what it throws ends the wait. */
    readonly guard?: () => void;
  },
): Promise<void> {
  const { groupId, ends, limitMs, guard } = options;
  const topics = [...new Set([...ends.keys()].map((name) => placeOf(name).topic))];
  const endMs = systemClock.monotonicMs() + limitMs;
  for (;;) {
    guard?.();
    const behind = await lagging(kafka, { groupId, topics, ends }).catch((error: unknown) => [String(error)]);
    if (behind.length === 0) return;
    if (systemClock.monotonicMs() > endMs)
      throw new Error(`Cannot wait any longer for "${groupId}" after ${limitMs} ms: ${behind.join(', ')}`);
    await systemClock.sleep(300);
  }
}

async function lagging(
  kafka: Kafka,
  {
    groupId,
    topics,
    ends,
  }: {
    readonly groupId: string;
    readonly topics: readonly string[];
    readonly ends: ReadonlyMap<PartitionName, bigint>;
  },
): Promise<readonly string[]> {
  const committed = new Map<PartitionName, bigint>();
  await kafka.withAdmin(async (admin) => {
    for (const topic of topics)
      for (const { partitions } of await admin.fetchOffsets({ groupId, topics: [topic] }))
        for (const { partition, offset } of partitions)
          committed.set(`${topic}/${partition}`, BigInt(offset));
  });
  // A partition without an answer is one that is behind.
  return [...ends].flatMap(([name, end]) => {
    const offset = committed.get(name) ?? -1n;
    return offset < end && end > 0n ? [`${name} is at ${offset < 0n ? 0n : offset} of ${end}`] : [];
  });
}

function placeOf(name: PartitionName): { readonly topic: string; readonly partition: number } {
  const slash = name.lastIndexOf('/');
  return { topic: name.slice(0, slash), partition: Number(name.slice(slash + 1)) };
}

function readMessages({ topic, partition, messages }: EachBatchPayload['batch']): readonly ReadMessage[] {
  return messages.map(({ offset, key, value, headers = {} }) => ({
    topic,
    partition,
    offset: BigInt(offset),
    key: key?.toString() ?? null,
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, String(text)])),
  }));
}
