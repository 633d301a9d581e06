import { createRequire } from 'node:module';
import { systemClock } from '../../core/index.ts';
import { hideAborted } from './hide-aborted.ts';
import type { FetchedPartition } from './hide-aborted.ts';
import { UnreadableBatch } from './unreadable-batch.ts';

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
  decode: (answer: Buffer) => Promise<FetchAnswer>;
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
  readonly metadata: Metadata | null;
  metadataExpireAt: number | null;
  withBroker: <T>(ask: (broker: unknown) => Promise<T>) => Promise<T | null>;
  refreshMetadata: (topics: readonly string[]) => Promise<void>;
}

/** What is used here of kafkajs's `src/broker`. */
interface BrokerClass {
  readonly prototype: Broker;
}

interface Broker {
  /** Of all topics where none is named. */
  metadata: (topics?: readonly string[]) => Promise<Metadata>;
}

/** What is used here of kafkajs's `src/cluster`. */
interface ClusterClass {
  readonly prototype: Cluster;
}

interface Cluster {
  /** By leader. */
  findLeaderForPartitions: (
    topic: string,
    partitions: readonly number[],
  ) => Readonly<Record<string, readonly number[]>>;
}

/** What is used here of kafkajs's `src/protocol/requests/metadata/vN/response`. */
interface MetadataResponse {
  parse: (data: Metadata) => Promise<Metadata>;
}

interface Metadata {
  readonly topicMetadata: readonly {
    readonly topicErrorCode: number;
    readonly partitionMetadata: readonly { readonly leader: number }[];
  }[];
}

/** What is used here of kafkajs's `src/protocol/error`. */
interface ProtocolErrors {
  readonly createErrorFromCode: ErrorFromCode;
}

type ErrorFromCode = (code: number) => Error;

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

/** Versions of the metadata request. */
const METADATA_VERSIONS = [0, 1, 2, 3, 4, 5, 6] as const;

/** @source Kafka's protocol guide: error codes; `leader_id` of a partition that has none */
const LEADER_NOT_AVAILABLE = 5;
const NO_LEADER = -1;

/** How long it is believed that a partition has no leader. */
const LEADERLESS_MS = 1000;

let isRepaired = false;

/**
 * Mends six faults of kafkajs 2.2.4, once for the process, in its own modules.
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
 * 5. A partition without a leader, in any topic that this user may see, fails every question about all topics, and those about
 *    its own. Now only who needs that leader does not find it, which is worth another attempt; and an error of a topic fails
 *    only those that name topics.
 * 6. A batch that cannot be unpacked is not named, so that nobody knows what to go past. See `UnreadableBatch`.
 */
export function repairClient(): void {
  if (isRepaired) return;
  isRepaired = true;
  const require = createRequire(import.meta.url);
  repairRequestQueue((require('kafkajs/src/network/requestQueue') as RequestQueueClass).prototype);
  repairBrokerPool((require('kafkajs/src/cluster/brokerPool') as BrokerPoolClass).prototype);
  repairMetadata(require);
  repairOffsetManager((require('kafkajs/src/consumer/offsetManager') as OffsetManagerClass).prototype);
  for (const version of FETCH_VERSIONS) {
    const response = require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as FetchResponse;
    repairFetch(response, version);
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

function repairMetadata(require: NodeJS.Require): void {
  for (const version of METADATA_VERSIONS) {
    const response = require(
      `kafkajs/src/protocol/requests/metadata/v${version}/response`,
    ) as MetadataResponse;
    response.parse = (data) => Promise.resolve(data);
  }
  const { createErrorFromCode } = require('kafkajs/src/protocol/error') as ProtocolErrors;
  checkNamedTopics((require('kafkajs/src/broker') as BrokerClass).prototype, createErrorFromCode);
  checkLeaders((require('kafkajs/src/cluster') as ClusterClass).prototype, createErrorFromCode);
  watchForLeaders((require('kafkajs/src/cluster/brokerPool') as BrokerPoolClass).prototype);
}

function checkNamedTopics(prototype: Broker, createErrorFromCode: ErrorFromCode): void {
  const { metadata } = prototype;
  prototype.metadata = async function (this: Broker, topics = []): Promise<Metadata> {
    const answer = await metadata.call(this, topics);
    const failed = answer.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0);
    if (topics.length > 0 && failed !== undefined) throw createErrorFromCode(failed.topicErrorCode);
    return answer;
  };
}

function checkLeaders(prototype: Cluster, createErrorFromCode: ErrorFromCode): void {
  const { findLeaderForPartitions } = prototype;
  prototype.findLeaderForPartitions = function (this: Cluster, topic, partitions) {
    const found = findLeaderForPartitions.call(this, topic, partitions);
    if (NO_LEADER in found) throw createErrorFromCode(LEADER_NOT_AVAILABLE);
    return found;
  };
}

/** kafkajs asks for a leader that it lacks only when what it knows is too old. */
function watchForLeaders(prototype: BrokerPool): void {
  const { refreshMetadata } = prototype;
  prototype.refreshMetadata = async function (this: BrokerPool, topics): Promise<void> {
    await refreshMetadata.call(this, topics);
    if (topics.length === 0 || this.metadata === null || this.metadataExpireAt === null) return;
    const isLeaderless = this.metadata.topicMetadata.some(({ partitionMetadata }) =>
      partitionMetadata.some(({ leader }) => leader === NO_LEADER),
    );
    if (isLeaderless)
      this.metadataExpireAt = Math.min(this.metadataExpireAt, systemClock.nowMs() + LEADERLESS_MS);
  };
}

function repairFetch(response: FetchResponse, version: number): void {
  const { decode, parse } = response;
  response.decode = async (answer) => {
    try {
      return await decode(answer);
    } catch (error) {
      throw error instanceof UnreadableBatch ? error.at(answer, version) : error;
    }
  };
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
