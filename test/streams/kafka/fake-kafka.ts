import { Kafka } from 'kafkajs';
import type { ICustomPartitioner, Message, ProducerConfig, RecordMetadata } from 'kafkajs';
import { configSchema, createLogger, Metrics } from '../../../core/index.ts';
import type { Clock, ConfigInput } from '../../../core/index.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import { kafkaFailure } from '../../../streams/kafka/errors.ts';
import type { GroupPositions } from '../../../streams/kafka/group-positions.ts';

interface OffsetsSent {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly offset: string;
      readonly metadata: string;
    }[];
  }[];
}

interface RecordsSent {
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly Message[] }[];
}

/** kafkajs's client for transactions without brokers: it writes down, in order, what is asked of it. */
export class FakeKafka {
  /** What has happened, also of those who share the list. */
  readonly events: string[] = [];
  /** Partitions of each topic. */
  partitions = 1;
  /** Called before anything happens: what it throws, or how long it takes, is the brokers' answer. */
  before: (event: string) => Promise<void> | void = () => undefined;
  /** What the brokers answer to records, in place of one answer for each partition. */
  answers: ((exact: readonly RecordMetadata[]) => readonly RecordMetadata[]) | null = null;

  get client(): Kafka {
    return { producer: (config: ProducerConfig) => this.#producer(config) } as unknown as Kafka;
  }

  /** @throws what the brokers answer */
  async ask(event: string): Promise<void> {
    await this.before(event);
    this.events.push(event);
  }

  #producer({ transactionalId: id = '', createPartitioner }: ProducerConfig): unknown {
    const place = createPartitioner?.() ?? (() => 0);
    return {
      connect: () => this.ask(`${id}: connect`),
      disconnect: () => this.ask(`${id}: disconnect`),
      transaction: async () => {
        await this.ask(`${id}: begin`);
        return {
          abort: () => this.ask(`${id}: abort`),
          commit: () => this.ask(`${id}: commit`),
          sendOffsets: async ({ topics }: OffsetsSent) => {
            for (const { topic, partitions } of topics)
              for (const { partition, offset, metadata } of partitions)
                await this.ask(`${id}: ${topic}/${partition} at ${offset} "${metadata}"`);
          },
          sendBatch: (records: RecordsSent) => this.#send(id, place, records),
        };
      },
    };
  }

  async #send(
    id: string,
    place: ReturnType<ICustomPartitioner>,
    { topicMessages }: RecordsSent,
  ): Promise<readonly RecordMetadata[]> {
    const answers: RecordMetadata[] = [];
    const partitionMetadata = Array.from({ length: this.partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [],
      isr: [],
    }));
    for (const { topic, messages } of topicMessages) {
      const placed = messages.map((message) => place({ topic, partitionMetadata, message }));
      await this.ask(`${id}: ${topic} ${messages.map(({ value }) => String(value)).join(' ')}`);
      for (const partition of new Set(placed)) answers.push({ topicName: topic, partition, errorCode: 0 });
    }
    return this.answers?.(answers) ?? answers;
  }
}

export interface FakeConnection extends KafkaConnection {
  readonly metrics: Metrics;
}

/** What the parts of the room share, without brokers. */
export function fakeConnection({
  clock,
  kafka = {},
}: {
  readonly clock: Clock;
  readonly kafka?: ConfigInput['kafka'];
}): FakeConnection {
  const { kafka: config } = configSchema.parse({
    kafka: { brokers: ['broker:9092'], groupId: 'g', ...kafka },
  });
  const absent = (): never => {
    throw new TypeError('There are no brokers here');
  };
  return {
    client: new Kafka({ brokers: config.brokers }),
    clientConfig: { brokers: [] },
    config,
    logger: createLogger('silent'),
    metrics: new Metrics(),
    clock,
    createProducer: absent,
    verify: absent,
    verifyBroker: absent,
    failure: (error, action) => kafkaFailure(error, { action, kafka: config }),
  };
}

/** Answers to questions about topics; those that are not given are asked by nobody. */
export function fakePositions(answers: Partial<Pick<GroupPositions, keyof GroupPositions>>): GroupPositions {
  return answers as unknown as GroupPositions;
}

/** A metric's value, summed over its labels. */
export async function metricSum({ metrics }: FakeConnection, name: string): Promise<number> {
  const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
  return values.reduce((sum, { value }) => sum + value, 0);
}
