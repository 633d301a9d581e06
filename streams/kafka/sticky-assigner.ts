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

/** One topic being shared out. */
interface TopicShare {
  readonly topic: string;
  readonly subscribers: readonly Member[];
  /** By member id; what a member has kept stands before what it was given. */
  readonly own: ReadonlyMap<string, number[]>;
  /** Partitions that nobody has yet. */
  readonly free: Set<number>;
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
  const totals = new Map<string, number>(sorted.map(({ id }) => [id, 0]));
  const shares: TopicShare[] = [];
  for (const [topic, ids] of partitions) {
    const subscribers = sorted.filter((member) => member.topics.has(topic));
    if (subscribers.length === 0) continue;
    shares.push({
      topic,
      subscribers,
      own: new Map(subscribers.map(({ id }) => [id, []])),
      free: new Set(ids),
    });
  }
  for (const share of shares) keepOwned(share, totals);
  for (const share of shares) giveFree(share, totals);
  while (shares.map((share) => hasEvenedOut(share, totals)).includes(true));

  const result = new Map<string, Assignment>();
  for (const { id } of sorted) {
    const own = shares.map((share) => [share.topic, share.own.get(id) ?? []] as const);
    result.set(id, Object.fromEntries(own.filter(([, taken]) => taken.length > 0)));
  }
  return result;
}

/** Lets members keep what they have, as far as it is not more than their share. */
function keepOwned(share: TopicShare, totals: Map<string, number>): void {
  const { topic, subscribers, free } = share;
  const shareMin = Math.floor(free.size / subscribers.length);
  let extras = free.size % subscribers.length;
  for (const { id, owned } of subscribers) {
    // A topic may be called as what every object has.
    const wanted = Object.hasOwn(owned, topic) ? (owned[topic] ?? []) : [];
    const kept = [...new Set(wanted)].filter((partition) => free.has(partition));
    const hasExtra = kept.length > shareMin && extras > 0;
    if (hasExtra) extras--;
    for (const partition of kept.slice(0, hasExtra ? shareMin + 1 : shareMin))
      give(share, { id, partition }, totals);
  }
}

/** To whoever has least of the topic, and of those, least in all. */
function giveFree(share: TopicShare, totals: Map<string, number>): void {
  for (const partition of share.free) {
    const [least] = [...share.subscribers].sort(
      (a, b) => ownOf(share, a) - ownOf(share, b) || totalOf(a, totals) - totalOf(b, totals),
    );
    if (least !== undefined) give(share, { id: least.id, partition }, totals);
  }
}

/**
 * Passes a partition from who has most in all to who has least, where it leaves the topic as even as it is. The squares of the
 * totals add up to less each time, so that this ends.
 *
 * @returns false where there is nothing to pass on
 */
function hasEvenedOut(share: TopicShare, totals: Map<string, number>): boolean {
  const byTotal = [...share.subscribers].sort((a, b) => totalOf(a, totals) - totalOf(b, totals));
  const ownMin = Math.min(...byTotal.map((member) => ownOf(share, member)));
  const poor = byTotal.find((member) => ownOf(share, member) === ownMin);
  const rich = byTotal.findLast((member) => ownOf(share, member) > ownMin);
  if (poor === undefined || rich === undefined) return false;
  if (totalOf(rich, totals) - totalOf(poor, totals) < 2) return false;
  const partition = share.own.get(rich.id)?.pop();
  if (partition === undefined) return false;
  totals.set(rich.id, totalOf(rich, totals) - 1);
  give(share, { id: poor.id, partition }, totals);
  return true;
}

function give(
  { own, free }: TopicShare,
  { id, partition }: { readonly id: string; readonly partition: number },
  totals: Map<string, number>,
): void {
  own.get(id)?.push(partition);
  free.delete(partition);
  totals.set(id, (totals.get(id) ?? 0) + 1);
}

function ownOf({ own }: TopicShare, { id }: Member): number {
  return own.get(id)?.length ?? 0;
}

function totalOf({ id }: Member, totals: ReadonlyMap<string, number>): number {
  return totals.get(id) ?? 0;
}
