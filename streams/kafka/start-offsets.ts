import type { Kafka } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';
import type { GroupPositions } from './group-positions.ts';
import { TransactionalProducer } from './transactional-producer.ts';
import type { GroupOffset } from './transactional-producer.ts';

/** Where a group begins that has no offsets yet; a time is ISO 8601, and takes messages from then on. */
export type StartOffset = 'earliest' | 'latest' | (string & {});

export interface Settling {
  readonly connection: KafkaConnection;
  readonly client: Kafka;
  readonly positions: GroupPositions;
}

/**
 * Commits where a group begins in a source that is not read from its earliest message, unless it has an offset in any of its
 * topics. All partitions are settled in one transaction before any is read: or a restart would look at a later end than the
 * first start did, and miss what came in between; and instances that start together would take each other's first offsets
 * for those of an earlier run. Partitions that appear later are then read from their beginning.
 *
 * @throws PipelineError PARTITION_LOST if another instance settles at the same time: to be tried again
 */
export async function settleStart(
  { connection, client, positions }: Settling,
  source: { readonly topics: readonly string[]; readonly start: StartOffset },
): Promise<void> {
  if (source.start === 'earliest' || source.topics.length === 0) return;
  const producer = new TransactionalProducer(connection, client, `${connection.config.groupId}-start`);
  try {
    // Fences whoever has looked already, and has not committed yet.
    await producer.open();
    for (const topic of source.topics) {
      const committed = [...(await positions.committed(topic)).values()];
      if (committed.some((progress) => progress !== null)) return;
    }
    const offsets: GroupOffset[] = [];
    for (const topic of source.topics) offsets.push(...(await startsOf(positions, topic, source.start)));
    await producer.commit([], offsets);
    connection.logger.info({ topics: source.topics, start: source.start }, 'The group begins');
  } finally {
    await producer.close();
  }
}

async function startsOf(
  positions: GroupPositions,
  topic: string,
  start: StartOffset,
): Promise<GroupOffset[]> {
  const offsets =
    start === 'latest'
      ? [...(await positions.bounds(topic))].map(([partition, { high }]) => [partition, high] as const)
      : [...(await positions.offsetsFrom(topic, Date.parse(start)))];
  return offsets.map(([partition, nextOffset]) => ({ topic, partition, nextOffset, metadata: '' }));
}
