import type { GroupPositions } from './group-positions.ts';
import { matchingTopics } from './matching-topics.ts';
import type { PartitionWork } from './partition-input.ts';
import type { StartOffset } from './start-offsets.ts';

/** Topics that are read in the same way. */
export interface Subscription {
  readonly topics: readonly string[];
  /** Regular expression that the whole name of a topic must match; `null` for none. */
  readonly pattern: string | null;
  readonly start: StartOffset;
  readonly work: PartitionWork;
}

/** The subscription of each topic: the first that names or matches it. */
export type SubscribedTopics = ReadonlyMap<string, Subscription>;

/**
 * The topics that there are now.
 *
 * @throws PipelineError TOPIC_NOT_FOUND, TOPIC_FORBIDDEN for a topic that is named, but not there
 */
export async function subscribedTopics(
  subscriptions: readonly Subscription[],
  positions: GroupPositions,
): Promise<SubscribedTopics> {
  const visible = new Set(await positions.topics());
  const result = new Map<string, Subscription>();
  for (const subscription of subscriptions)
    for (const topic of subscription.topics) {
      if (!visible.has(topic)) await positions.expectTopic(topic);
      if (!result.has(topic)) result.set(topic, subscription);
    }
  for (const subscription of subscriptions) {
    if (subscription.pattern === null) continue;
    for (const topic of matchingTopics(subscription.pattern, visible))
      if (!result.has(topic)) result.set(topic, subscription);
  }
  return result;
}
