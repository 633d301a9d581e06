import { createRequire } from 'node:module';
import type { IHeaders, KafkaConfig, Logger } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';

/** What is used here of kafkajs's `src/cluster`, which has no types: brokers, and which of them leads a partition. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  findLeaderForPartitions(
    topic: string,
    partitions: readonly number[],
  ): Readonly<Record<string, readonly number[]>>;
  fetchTopicsOffset(topics: readonly OffsetQuestion[]): Promise<readonly OffsetAnswer[]>;
  findBroker(node: { readonly nodeId: string }): Promise<Broker>;
}

interface OffsetQuestion {
  readonly topic: string;
  readonly fromBeginning: boolean;
  readonly partitions: readonly { readonly partition: number }[];
}

interface OffsetAnswer {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
}

interface Broker {
  fetch(question: {
    readonly isolationLevel: typeof READ_COMMITTED;
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly topics: readonly FetchTopic[];
  }): Promise<{ readonly responses: readonly { readonly partitions: readonly FetchedPartitionAnswer[] }[] }>;
}

interface FetchTopic {
  readonly topic: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly fetchOffset: string;
    readonly maxBytes: number;
  }[];
}

export interface FetchedPartitionAnswer {
  readonly partition: number;
  readonly messages: readonly FetchedRecord[];
}

/** A record as kafkajs decodes it; those marked as control records are not for readers. */
interface FetchedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
  readonly isControlRecord?: boolean;
}

type ClusterClass = new (
  options: KafkaConfig & {
    readonly logger: Logger;
    readonly isolationLevel: typeof READ_COMMITTED;
    readonly allowAutoTopicCreation: false;
    readonly metadataMaxAge: number;
    readonly offsets: Map<string, unknown>;
  },
) => Cluster;

export const READ_COMMITTED = 1;
const METADATA_AGE_MS_MAX = 300_000;

/** Brokers spoken to without a consumer, so without a group; not connected yet. */
export function createCluster({ client, clientConfig }: KafkaConnection): Cluster {
  const require = createRequire(import.meta.url);
  const ClientCluster = require('kafkajs/src/cluster') as ClusterClass;
  return new ClientCluster({
    ...clientConfig,
    logger: client.logger(),
    isolationLevel: READ_COMMITTED,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_AGE_MS_MAX,
    offsets: new Map(),
  });
}
