import kafkajs from 'kafkajs';
import type { Kafka as KafkaClient, Producer } from 'kafkajs';

/** Transactions that overlap in one partition and are aborted, and one beside them that is committed, over and over. */
export const ABORTED_TOPIC = { turns: 10, producers: 4, recordsPerTransaction: 10 } as const;
export const ABORTED_RECORDS =
  ABORTED_TOPIC.turns * ABORTED_TOPIC.producers * ABORTED_TOPIC.recordsPerTransaction;
export const COMMITTED_RECORDS = ABORTED_TOPIC.turns * ABORTED_TOPIC.recordsPerTransaction;

/** Values of records, and of the last one of the topic. */
export const RECORD_VALUES = { aborted: 'aborted', committed: 'committed', end: 'end' } as const;

const RETRY = { initialRetryTime: 5, retries: 14 };

/**
 * Fills a topic of one partition. In each turn all transactions are open at once, their records interleaved, and those that
 * began last are aborted first.
 */
export async function writeAbortedTopic(brokers: readonly string[], topic: string): Promise<void> {
  const { Kafka, logLevel } = kafkajs;
  const client = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const { turns, producers: count, recordsPerTransaction } = ABORTED_TOPIC;
  const producers: Producer[] = [];
  for (let i = 0; i <= count; i++) producers.push(await transactionalProducer(client, `${topic}-${i}`));
  for (let turn = 0; turn < turns; turn++) {
    const open = [];
    for (const producer of producers) open.push(await producer.transaction());
    const committed = open.shift();
    for (let record = 0; record < recordsPerTransaction; record++) {
      await committed?.send({ topic, messages: [{ value: RECORD_VALUES.committed }] });
      for (const aborted of open) await aborted.send({ topic, messages: [{ value: RECORD_VALUES.aborted }] });
    }
    for (const aborted of open.reverse()) await aborted.abort();
    await committed?.commit();
  }
  for (const producer of producers) await producer.disconnect();
  const last = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await last.connect();
  await last.send({ topic, messages: [{ value: RECORD_VALUES.end }] });
  await last.disconnect();
}

async function transactionalProducer(client: KafkaClient, transactionalId: string): Promise<Producer> {
  const producer = client.producer({
    transactionalId,
    maxInFlightRequests: 1,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    retry: RETRY,
  });
  await producer.connect();
  return producer;
}
