import { createRequire } from 'node:module';
import { hideAborted } from './hide-aborted.ts';
import type { FetchedPartition } from './hide-aborted.ts';

/** What is used here of kafkajs's `src/network/requestQueue`, which has no types. */
interface RequestQueueClass {
  readonly prototype: RequestQueue;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: () => void;
}

/** What is used here of kafkajs's `src/protocol/requests/fetch/vN/response`. */
interface FetchResponse {
  parse: (data: FetchAnswer) => Promise<FetchAnswer>;
}

interface FetchAnswer {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[];
}

/** What is used here of kafkajs's `src/cluster/brokerPool`. */
interface BrokerPoolClass {
  readonly prototype: BrokerPool;
}

interface BrokerPool {
  withBroker: <T>(ask: (broker: unknown) => Promise<T>) => Promise<T | null>;
}

/** What is used here of kafkajs's `src/consumer/offsetManager`. */
interface OffsetManagerClass {
  readonly prototype: OffsetManager;
}

interface OffsetManager {
  readonly cluster: {
    fetchTopicsOffset: (topics: readonly TopicQuestion[]) => Promise<readonly TopicOffsets[]>;
  };
  readonly topicConfigurations: Readonly<Record<string, { readonly fromBeginning: boolean } | undefined>>;
  committedOffsets: () => Record<string, Record<number, string> | undefined>;
  clearOffsets: (name: PartitionName) => void;
  setDefaultOffset: (name: PartitionName) => Promise<void>;
}

interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

interface TopicQuestion {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
  readonly fromBeginning: boolean;
}

interface TopicOffsets {
  readonly partitions: readonly { readonly offset: string }[];
}

/** Versions of the fetch request that tell of aborted transactions. */
const FETCH_VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11] as const;

let isRepaired = false;

/**
 * Mends four faults of kafkajs 2.2.4, once for the process, in its own modules.
 *
 * 1. After its first answer every connection looks through its waiting requests each millisecond, by a timer whose delay is
 *    negative where nothing throttles it, of which Node.js 24 warns the user. There is nothing to look for while no request
 *    waits, and what lets one wait starts the timer too.
 * 2. Readers of committed messages are given aborted ones where transactions of several producers overlap in a partition.
 *    See `hideAborted`.
 * 3. Whoever may not use a group or a transactional id is told that its coordinator cannot be found, as of a broker that is down,
 *    since all that brokers answer to that question is dropped.
 * 4. A consumer whose position is not in the log commits −2 for its group, with no metadata, to have it set to where the log
 *    begins: what the group had committed is lost, and a restart reads everything again. It is only set there now.
 */
export function repairClient(): void {
  if (isRepaired) return;
  isRepaired = true;
  const require = createRequire(import.meta.url);
  repairRequestQueue((require('kafkajs/src/network/requestQueue') as RequestQueueClass).prototype);
  repairBrokerPool((require('kafkajs/src/cluster/brokerPool') as BrokerPoolClass).prototype);
  repairOffsetManager((require('kafkajs/src/consumer/offsetManager') as OffsetManagerClass).prototype);
  for (const version of FETCH_VERSIONS) {
    repairFetch(require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as FetchResponse);
  }
}

function repairRequestQueue(prototype: RequestQueue): void {
  const { scheduleCheckPendingRequests } = prototype;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}

function repairBrokerPool(prototype: BrokerPool): void {
  const { withBroker } = prototype;
  prototype.withBroker = async function <T>(
    this: BrokerPool,
    ask: (broker: unknown) => Promise<T>,
  ): Promise<T | null> {
    const refusals: unknown[] = [];
    const answer = await withBroker.call(this, async (broker) => {
      try {
        return await ask(broker);
      } catch (error) {
        if (isRefusal(error)) refusals.push(error);
        throw error;
      }
    });
    if (answer === null && refusals.length > 0) throw refusals[0];
    return answer as T | null;
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'type' in error && String(error.type).endsWith('_AUTHORIZATION_FAILED');
}

function repairFetch(response: FetchResponse): void {
  const { parse } = response;
  response.parse = async (data) => {
    const answer = await parse(data);
    for (const { partitions } of answer.responses) partitions.forEach(hideAborted);
    return answer;
  };
}

function repairOffsetManager(prototype: OffsetManager): void {
  prototype.setDefaultOffset = async function ({ topic, partition }): Promise<void> {
    const fromBeginning = this.topicConfigurations[topic]?.fromBeginning === true;
    const [answer] = await this.cluster.fetchTopicsOffset([
      { topic, partitions: [{ partition }], fromBeginning },
    ]);
    const offset = answer?.partitions[0]?.offset;
    this.clearOffsets({ topic, partition });
    // Without an answer, it asks for what the group has committed.
    const offsets = this.committedOffsets()[topic];
    if (offset !== undefined && offsets !== undefined) offsets[partition] = offset;
  };
}
