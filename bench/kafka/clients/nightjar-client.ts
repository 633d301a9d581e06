import { createLogger, loadConfig, Metrics, systemClock } from '../../../core/index.ts';
import { connectKafka, runConsumerGroup } from '../../../streams/index.ts';
import type { KafkaConnection, OutRecord } from '../../../streams/index.ts';
import { TransactionalProducer, transactionClient } from '../../../streams/kafka/transactional-producer.ts';
import { uniqueName } from '../broker.ts';
import type { BenchClient, TakeValues, TransactionWriter } from './bench-client.ts';

const TAKE = { messagesMax: 128, bytesMax: 33_554_432 } as const;
const DRAIN_MS = 1000;

/** kafkajs as the service uses it, through streams/kafka/: repaired, with its queues, each send a transaction. */
export class NightjarClient implements BenchClient {
  readonly #brokers: readonly string[];

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  async consume(topic: string, take: TakeValues): Promise<void> {
    const enough = new AbortController();
    await runConsumerGroup({
      connection: this.#connect(),
      subscriptions: [
        {
          topics: [topic],
          pattern: null,
          start: 'earliest',
          work: async (input) => {
            for (;;) {
              const messages = await input.take(TAKE);
              if (messages.length === 0) return;
              if (take(messages.map(({ value }) => value))) enough.abort();
            }
          },
        },
      ],
      drainMs: DRAIN_MS,
      signal: enough.signal,
    });
  }

  async produce(topic: string, sends: readonly (readonly Buffer[])[]): Promise<void> {
    const producer = await this.#openProducer(uniqueName('nightjar-produce'));
    for (const values of sends) {
      const records = values.map((value): OutRecord => ({ topic, key: null, value }));
      await commit(producer, records);
    }
    await producer.close();
  }

  /** A transaction here is one call: what was sent goes with the commit. */
  async openTransactions(transactionalId: string): Promise<TransactionWriter> {
    const producer = await this.#openProducer(transactionalId);
    let records: OutRecord[] = [];
    return {
      send: (topic, value) => {
        records.push({ topic, key: null, value: Buffer.from(value) });
        return Promise.resolve();
      },
      commit: async () => {
        await commit(producer, records);
        records = [];
      },
      close: () => producer.close(),
    };
  }

  async #openProducer(transactionalId: string): Promise<TransactionalProducer> {
    const connection = this.#connect();
    const producer = new TransactionalProducer(connection, transactionClient(connection), transactionalId);
    await producer.open();
    return producer;
  }

  #connect(): KafkaConnection {
    const { kafka } = loadConfig(null, {
      kafka: { brokers: [...this.#brokers], groupId: uniqueName('nightjar') },
    });
    return connectKafka({
      kafka,
      logger: createLogger('silent'),
      metrics: new Metrics(),
      clock: systemClock,
    });
  }
}

/** As the service does it: with an offset, which waits for the transaction before to be over. */
function commit(producer: TransactionalProducer, records: readonly OutRecord[]): Promise<void> {
  const topics = new Set(records.map(({ topic }) => topic));
  return producer.commit(
    records,
    [...topics].map((topic) => ({ topic, partition: 0, nextOffset: 0n, metadata: '' })),
  );
}
