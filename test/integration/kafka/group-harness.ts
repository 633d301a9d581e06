import kafkajs from 'kafkajs';
import { createLogger, loadConfig, Metrics, systemClock } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { connectKafka } from '../../../streams/kafka/connection.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import { runConsumerGroup } from '../../../streams/kafka/consumer-group.ts';
import type { ConsumerGroupState } from '../../../streams/kafka/consumer-group.ts';
import type { PartitionInput, PartitionWork } from '../../../streams/kafka/partition-input.ts';
import type { Subscription } from '../../../streams/kafka/subscribed-topics.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';

/** Quick to notice and to try again, so that tests last seconds. */
const QUICK = {
  sessionTimeoutMs: 6000,
  heartbeatMs: 300,
  rebalanceTimeoutMs: 6000,
  requestTimeoutMs: 5000,
  connectTimeoutMs: 2000,
  fetchWaitMs: 100,
  stallMs: 10_000,
  topicsRefreshMs: 1000,
  retryMs: 100,
  retryMsMax: 1000,
};

export interface QuickConnection extends KafkaConnection {
  readonly metrics: Metrics;
}

export function quickConnection(
  brokers: readonly string[],
  groupId: string,
  settings: ConfigInput['kafka'] = {},
): QuickConnection {
  const { kafka } = loadConfig(null, { kafka: { brokers: [...brokers], groupId, ...QUICK, ...settings } });
  const logger = createLogger(process.env['NIGHTJAR_TEST_LOG'] ?? 'silent');
  const metrics = new Metrics();
  return { ...connectKafka({ kafka, logger, metrics, clock: systemClock }), metrics };
}

export interface RunningGroup {
  readonly connection: QuickConnection;
  state(): ConsumerGroupState;
  /** Partitions with work at them. */
  running(count: number): Promise<void>;
  stop(): Promise<void>;
  /** Rejects with the failure that ended the group. */
  readonly ended: Promise<void>;
}

export interface GroupSettings {
  readonly connection: QuickConnection;
  readonly topics?: readonly string[];
  readonly pattern?: string;
  readonly start?: Subscription['start'];
  readonly work: PartitionWork;
  readonly drainMs?: number;
}

/** A member of a group within this process. */
export function startGroup(
  owner: { after(call: () => Promise<void>): void },
  settings: GroupSettings,
): RunningGroup {
  const { connection, topics = [], pattern = null, start = 'earliest', work, drainMs = 5000 } = settings;
  const stopping = new AbortController();
  let state: ConsumerGroupState = { isMember: false, partitions: [] };
  const ended = runConsumerGroup({
    connection,
    subscriptions: [{ topics, pattern, start, work }],
    drainMs,
    signal: stopping.signal,
    onState: (now) => (state = now),
  });
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await ended;
  };
  owner.after(() => stop().catch(() => undefined));
  return {
    connection,
    state: () => state,
    stop,
    ended,
    running: async (count) => {
      const isThere = (): true | null =>
        state.partitions.filter(({ isRunning }) => isRunning).length >= count ? true : null;
      await Promise.race([eventually(`work on ${count} partitions`, 30_000, isThere), ended]);
    },
  };
}

/**
 * Copies each message to a topic, in commits of at most so many, and counts in the metadata what it has copied.
 *
 * @param beforeCommit is called with what is about to be committed
 */
export function copyTo(
  out: string,
  options: {
    readonly messagesMax?: number;
    readonly beforeCommit?: (input: PartitionInput, values: readonly string[]) => Promise<void> | void;
  } = {},
): PartitionWork {
  return async (input) => {
    let copied = Number(input.metadata === '' ? 0 : input.metadata);
    for (;;) {
      const messages = await input.take({ messagesMax: options.messagesMax ?? 100, bytesMax: 1_000_000 });
      const last = messages.at(-1);
      if (last === undefined) return;
      const values = messages.map(({ value }) => value?.toString() ?? '');
      await options.beforeCommit?.(input, values);
      copied += messages.length;
      await input.commit(
        messages.map(({ key, value }) => ({
          topic: out,
          key: key?.toString() ?? null,
          value: value ?? Buffer.alloc(0),
        })),
        { nextOffset: last.offset + 1n, metadata: String(copied) },
      );
    }
  };
}

export async function produce(
  kafka: Kafka,
  topic: string,
  values: readonly (string | Buffer)[],
  partition?: number,
): Promise<void> {
  const producer = kafka.client().producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    // All of a send that goes to one partition is one batch, which brokers limit to 1 MiB.
    const step = (values[0]?.length ?? 0) > 1000 ? 5 : 500;
    for (let i = 0; i < values.length; i += step)
      await producer.send({
        topic,
        messages: values.slice(i, i + step).map((value) => ({
          key: typeof value === 'string' ? value : null,
          value,
          ...(partition === undefined ? {} : { partition }),
        })),
      });
  } finally {
    await producer.disconnect();
  }
}

const END = 'the end of the test';

/** All that a reader of committed records sees in a topic, by partition: up to an end that is written now. */
export async function committedValues(kafka: Kafka, topic: string): Promise<string[][]> {
  const offsets = await kafka.withAdmin((admin) => admin.fetchTopicOffsets(topic));
  for (const { partition } of offsets) await produce(kafka, topic, [END], partition);
  const values: string[][] = offsets.map(() => []);
  const open = new Set(offsets.map(({ partition }) => partition));
  const groupId = `reader-${topic}-${systemClock.monotonicMs()}`;
  const consumer = kafka.client().consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        const value = message.value?.toString() ?? '';
        if (value === END) open.delete(partition);
        else values[partition]?.push(value);
        return Promise.resolve();
      },
    });
    await eventually(`the end of topic "${topic}"`, 40_000, () => (open.size === 0 ? true : null));
  } finally {
    await consumer.disconnect();
  }
  return values;
}

export interface CommittedOffset {
  readonly offset: string;
  readonly metadata: string | null;
}

export async function committedOffset(
  kafka: Kafka,
  groupId: string,
  topic: string,
  partition = 0,
): Promise<CommittedOffset> {
  const [answer] = await kafka.withAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  const own = answer?.partitions.find((candidate) => candidate.partition === partition);
  return { offset: own?.offset ?? '-1', metadata: own?.metadata ?? null };
}

/** `name-0`, `name-1`, … */
export function numbered(name: string, count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `${name}-${i + from}`);
}

export async function copiedAll(
  kafka: Kafka,
  groupId: string,
  topic: string,
  counts: readonly number[],
): Promise<void> {
  await eventually(`${counts.join(', ')} messages of "${topic}" to be copied`, 40_000, async () => {
    const [answer] = await kafka.withAdmin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
    const isDone = counts.every((count, partition) => {
      const own = answer?.partitions.find((candidate) => candidate.partition === partition);
      return Number(own?.metadata ?? 0) === count;
    });
    return isDone ? true : null;
  });
}
