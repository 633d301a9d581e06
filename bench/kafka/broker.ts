import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { systemClock } from '../../core/index.ts';
import { startKafka } from '../../test/helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../test/helpers/services/kafka-cluster.ts';

/** Nothing can be measured as there is no broker; the message says why. */
export class NoBroker extends Error {}

/**
 * Starts a broker of this benchmark's own, and ends it with the work.
 *
 * @throws NoBroker if it cannot be had
 */
export async function withBroker<T>(work: (kafka: Kafka) => Promise<T>): Promise<T> {
  const closers: (() => unknown)[] = [];
  let why = '';
  const owner = {
    after: (close?: unknown) => closers.push(close as () => unknown),
    skip: (reason?: string) => (why = reason ?? ''),
  };
  try {
    const kafka = await startKafka(owner);
    if (kafka === null) throw new NoBroker(`Cannot measure Kafka as a broker must be there: ${why}`);
    return await work(kafka);
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

/** A client of the benchmark's own, for questions to the broker. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const { Kafka: KafkaClient, logLevel } = kafkajs;
  const admin = new KafkaClient({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A topic of one partition that is there for the work, and is deleted after it. */
export async function withTopic<T>(
  brokers: readonly string[],
  topic: string,
  work: (topic: string) => Promise<T>,
): Promise<T> {
  await withAdmin(brokers, (admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true }),
  );
  try {
    return await work(topic);
  } finally {
    await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: [topic] }));
  }
}

/** A name for topics, groups and transactional ids that no other process of the benchmark has. */
export function uniqueName(what: string): string {
  return `${what}-${process.pid}-${systemClock.nowMs()}-${Math.trunc(systemClock.monotonicMs() * 1000)}`;
}
