import { AssignerProtocol } from 'kafkajs';
import type { Assignment, Cluster, GroupMember, PartitionAssigner } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';

/** Members of one group must agree on it; it changes where members of different versions could not work together. */
const NAME = 'nightjar-sticky';
const VERSION = 0;

interface Member {
  readonly id: string;
  readonly topics: ReadonlySet<string>;
  /** What it has now. */
  readonly owned: Assignment;
}

/**
 * Shares partitions among the members of a group: each topic evenly, topics with few partitions evenly in all, and otherwise as
 * they are, since each partition that changes hands drops what was fetched of it. Unlike those of kafkajs, members may
 * subscribe to different topics, as they do while one has seen a new topic of a pattern and another has not.
 *
 * @param owned what this member has at the time it is asked
 */
export function stickyAssigner(owned: () => Assignment): PartitionAssigner {
  return ({ cluster }) => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
    assign: async ({ members }) => {
      const known = members.map(memberOf);
      const topics = [...new Set(known.flatMap((member) => [...member.topics]))].sort();
      // The leader itself need not subscribe to all of them.
      await cluster.addMultipleTargetTopics(topics);
      const partitions = new Map(topics.map((topic) => [topic, partitionsOf(cluster, topic)]));
      return [...assignPartitions(known, partitions)].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

/** @throws PipelineError BROKER_FAILED where kafkajs has not learnt of the topic yet: nobody would read it */
function partitionsOf(cluster: Cluster, topic: string): readonly number[] {
  const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  if (partitions.length > 0) return partitions;
  throw new PipelineError('BROKER_FAILED', `Cannot share topic "${topic}" as its partitions are not known`);
}

function memberOf({ memberId, memberMetadata }: GroupMember): Member {
  const metadata = AssignerProtocol.MemberMetadata.decode(memberMetadata);
  return { id: memberId, topics: new Set(metadata?.topics), owned: ownedOf(metadata?.userData) };
}

/** What a member says that it has is a wish: nonsense is as if it had nothing. */
function ownedOf(userData: Buffer | undefined): Assignment {
  try {
    const owned: unknown = JSON.parse(userData?.toString('utf8') ?? '{}');
    const entries = Object.entries(owned ?? {}).filter((entry): entry is [string, number[]] =>
      Array.isArray(entry[1]),
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/**
 * @param partitions by topic
 * @returns by member id; every partition of a topic with a subscriber is in it once
 */
export function assignPartitions(
  members: readonly Member[],
  partitions: ReadonlyMap<string, readonly number[]>,
): Map<string, Assignment> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  const result = new Map<string, Record<string, number[]>>(sorted.map(({ id }) => [id, {}]));
  const totals = new Map<string, number>(sorted.map(({ id }) => [id, 0]));
  const all = [...partitions.values()].reduce((sum, { length }) => sum + length, 0);
  const totalMax = Math.ceil(all / Math.max(1, sorted.length));

  for (const [topic, ids] of partitions) {
    const subscribers = sorted.filter((member) => member.topics.has(topic));
    if (subscribers.length === 0) continue;
    const own = new Map<string, number[]>(subscribers.map(({ id }) => [id, []]));
    const give = (id: string, partition: number): void => {
      own.get(id)?.push(partition);
      totals.set(id, (totals.get(id) ?? 0) + 1);
      free.delete(partition);
    };
    const free = new Set(ids);
    const shareMin = Math.floor(ids.length / subscribers.length);
    let extras = ids.length % subscribers.length;
    for (const { id, owned } of subscribers) {
      const kept = [...new Set(owned[topic] ?? [])].filter((partition) => free.has(partition));
      for (const partition of kept.slice(0, shareMin)) give(id, partition);
      const more = kept[shareMin];
      if (more === undefined || extras === 0 || (totals.get(id) ?? 0) >= totalMax) continue;
      give(id, more);
      extras--;
    }
    const load = ({ id }: Member): readonly [number, number] => [
      own.get(id)?.length ?? 0,
      totals.get(id) ?? 0,
    ];
    for (const partition of free) {
      const [least] = [...subscribers].sort((a, b) => {
        const [[ownA, totalA], [ownB, totalB]] = [load(a), load(b)];
        return ownA - ownB || totalA - totalB;
      });
      if (least !== undefined) give(least.id, partition);
    }
    for (const [id, taken] of own)
      if (taken.length > 0) Object.assign(result.get(id) ?? {}, { [topic]: taken });
  }
  return result;
}
