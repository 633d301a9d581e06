import type { Config } from '../../core/index.ts';
import type { GroupMember, TopicAdmin } from '../../streams/index.ts';
import type { PartitionOffsets } from './group-offsets.ts';
import { internalTopics } from './topics.ts';

/** A consumer group as the brokers know it. */
export interface GroupState {
  readonly members: readonly GroupMember[];
  /** Every partition of every topic that the service reads. */
  readonly offsets: readonly PartitionOffsets[];
}

/**
 * Where the service's group is, in the topics of all sources and in the internal ones that are there.
 *
 * @throws PipelineError TOPIC_NOT_FOUND, TOPIC_FORBIDDEN, BROKER_UNREACHABLE
 */
export async function readGroup(
  admin: TopicAdmin,
  config: Pick<Config, 'kafka' | 'sources' | 'service'>,
): Promise<GroupState> {
  const { groupId } = config.kafka;
  const committed = await admin.committed(groupId);
  const offsets: PartitionOffsets[] = [];
  for (const topic of await topicsRead(admin, config)) {
    for (const { partition, begin, end } of await admin.bounds(topic)) {
      const own = committed.find((known) => known.topic === topic && known.partition === partition);
      const { offset = null, metadata = '' } = own ?? {};
      offsets.push({ topic, partition, committed: offset, metadata, begin, end });
    }
  }
  return { members: await admin.members(groupId), offsets };
}

async function topicsRead(
  admin: TopicAdmin,
  config: Pick<Config, 'sources' | 'service'>,
): Promise<ReadonlySet<string>> {
  const topics = new Set<string>();
  for (const source of config.sources)
    for (const topic of await admin.resolveTopics(source)) topics.add(topic);
  const there = await admin.listTopics();
  for (const topic of internalTopics(config.service)) if (there.includes(topic)) topics.add(topic);
  return topics;
}
