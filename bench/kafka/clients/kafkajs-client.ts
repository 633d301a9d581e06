import kafkajs from 'kafkajs';
import type { Kafka as KafkaClient, Transaction } from 'kafkajs';
import { uniqueName } from '../broker.ts';
import { FETCH_LIMITS } from './bench-client.ts';
import type { BenchClient, TakeValues, TransactionWriter } from './bench-client.ts';

/** Back-to-back transactions wait for the markers of the one before: a few ms. */
const TRANSACTION_RETRY = { initialRetryTime: 5, retries: 14 };

/** kafkajs as it comes, without any of our repairs. */
export class KafkajsClient implements BenchClient {
  readonly #client: KafkaClient;

  constructor(brokers: readonly string[]) {
    const { Kafka, logLevel } = kafkajs;
    this.#client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  }

  async consume(topic: string, take: TakeValues): Promise<void> {
    const consumer = this.#client.consumer({
      groupId: uniqueName('kafkajs'),
      maxBytes: FETCH_LIMITS.bytesMax,
      maxBytesPerPartition: FETCH_LIMITS.partitionBytesMax,
      maxWaitTimeInMs: FETCH_LIMITS.waitMs,
      readUncommitted: false,
    });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on('consumer.crash', ({ payload }) => {
        reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            if (take(batch.messages.map(({ value }) => value))) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
  }

  async produce(topic: string, sends: readonly (readonly Buffer[])[]): Promise<void> {
    const { DefaultPartitioner } = kafkajs.Partitioners;
    const producer = this.#client.producer({ createPartitioner: DefaultPartitioner });
    await producer.connect();
    for (const values of sends)
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
    await producer.disconnect();
  }

  async openTransactions(transactionalId: string): Promise<TransactionWriter> {
    const producer = this.#client.producer({
      transactionalId,
      maxInFlightRequests: 1,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: TRANSACTION_RETRY,
    });
    await producer.connect();
    let open: Transaction | null = null;
    return {
      send: async (topic, value) => {
        open ??= await producer.transaction();
        await open.send({ topic, acks: -1, messages: [{ value }] });
      },
      commit: async () => {
        await open?.commit();
        open = null;
      },
      close: () => producer.disconnect(),
    };
  }
}
