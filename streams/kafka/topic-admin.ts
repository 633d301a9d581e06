import kafkajs from 'kafkajs';
import type { Admin, GroupDescription } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';
import { matchingTopics } from './matching-topics.ts';
import { transactionalId } from './transactional-id.ts';
import { TransactionalProducer, transactionClient } from './transactional-producer.ts';

export interface TopicSelection {
  readonly topics: readonly string[];
  /** Regular expression that must match the whole name; `null` for none. */
  readonly pattern: string | null;
}

export interface TopicCreation {
  readonly topics: readonly string[];
  readonly partitions: number;
  /** `null` for the brokers' default. */
  readonly replicas: number | null;
}

/** First offset that there is, and the one behind the last that committed readers see: open transactions come after it. */
export interface PartitionBounds {
  readonly partition: number;
  readonly begin: bigint;
  readonly end: bigint;
}

/** Where a group goes on. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** `''` for none. */
  readonly metadata: string;
}

export interface NewOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
}

/** Errors of a topic that does not exist, or must not be seen; whoever names one is told. */
const MISSING: readonly unknown[] = ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'];

/** Questions to the brokers about topics and groups. Close it after use. */
export class TopicAdmin {
  readonly #connection: KafkaConnection;
  readonly #admin: Admin;

  private constructor(connection: KafkaConnection, admin: Admin) {
    this.#connection = connection;
    this.#admin = admin;
  }

  /** @throws PipelineError BROKER_UNREACHABLE, … */
  static async open(connection: KafkaConnection): Promise<TopicAdmin> {
    const admin = connection.client.admin();
    try {
      await admin.connect();
    } catch (error) {
      await admin.disconnect();
      throw connection.failure(error, 'connect to the brokers');
    }
    return new TopicAdmin(connection, admin);
  }

  async close(): Promise<void> {
    await this.#admin.disconnect();
  }

  /** Names of all topics that this user may see. */
  listTopics(): Promise<string[]> {
    return this.#ask('list topics', () => this.#admin.listTopics());
  }

  /**
   * Topics by name and by pattern, each once, sorted.
   *
   * @throws PipelineError TOPIC_NOT_FOUND, TOPIC_FORBIDDEN for those named; a pattern may match none
   */
  async resolveTopics({ topics, pattern }: TopicSelection): Promise<string[]> {
    if (topics.length > 0) await this.describeTopics(topics);
    if (pattern === null) return [...new Set(topics)].sort();
    return [...new Set([...topics, ...matchingTopics(pattern, await this.listTopics())])].sort();
  }

  /**
   * Number of partitions by topic.
   *
   * @throws PipelineError TOPIC_NOT_FOUND or TOPIC_FORBIDDEN, naming every topic of which it is so
   */
  async describeTopics(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    try {
      return await this.#describe([...new Set(topics)]);
    } catch (error) {
      if (!MISSING.includes(typeOf(error)) && typeOf(error) !== 'TOPIC_AUTHORIZATION_FAILED')
        throw this.#failure(error, `describe topics ${quoted(topics)}`);
    }
    // The brokers' answer for several does not tell of which one it is true.
    const missing: string[] = [];
    const found = new Map<string, number>();
    for (const topic of new Set(topics)) {
      try {
        for (const [name, partitions] of await this.#describe([topic])) found.set(name, partitions);
      } catch (error) {
        if (!MISSING.includes(typeOf(error))) throw this.#failure(error, `describe topic "${topic}"`);
        missing.push(topic);
      }
    }
    if (missing.length === 0) return found;
    throw new PipelineError(
      'TOPIC_NOT_FOUND',
      `Cannot find topics as the brokers must have them: current value is ${quoted(missing)}`,
      { details: { missing } },
    );
  }

  /**
   * Creates those that are not there; several instances may do so at a time.
   *
   * @returns those that this call has created
   * @throws PipelineError TOPIC_FORBIDDEN, CONFIG_INVALID for more replicas than brokers
   */
  async createTopics({ topics, partitions, replicas }: TopicCreation): Promise<string[]> {
    const created: string[] = [];
    for (const topic of new Set(topics)) {
      const config = { topic, numPartitions: partitions, replicationFactor: replicas ?? -1 };
      const isNew = await this.#ask(`create topic "${topic}"`, () =>
        this.#admin.createTopics({ topics: [config], waitForLeaders: false }),
      );
      if (isNew) created.push(topic);
    }
    return created;
  }

  /** Of every partition, in their order. */
  async bounds(topic: string): Promise<PartitionBounds[]> {
    await this.describeTopics([topic]);
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, () =>
      this.#admin.fetchTopicOffsets(topic),
    );
    return answers
      .map(({ partition, low, high }) => ({ partition, begin: BigInt(low), end: BigInt(high) }))
      .sort(byPartition);
  }

  /** Of every partition, the first message from a time on, or the end. */
  async offsetsAt(topic: string, timestampMs: number): Promise<NewOffset[]> {
    await this.describeTopics([topic]);
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, () =>
      this.#admin.fetchTopicOffsetsByTimestamp(topic, timestampMs),
    );
    return answers
      .map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) }))
      .sort(byPartition);
  }

  /** What the group has committed, sorted by topic and partition. */
  async committed(groupId: string): Promise<CommittedOffset[]> {
    const answers = await this.#ask(`read the offsets of group "${groupId}"`, () =>
      this.#admin.fetchOffsets({ groupId }),
    );
    const offsets = answers.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }) => ({
        topic,
        partition,
        offset: BigInt(offset),
        metadata: metadata ?? '',
      })),
    );
    return offsets.filter(({ offset }) => offset >= 0n).sort(byTopicAndPartition);
  }

  /**
   * Sets the group's offsets, and keeps what is committed with them. Each partition goes by its own transactional id, so that
   * an instance that seems to be gone, and is in the middle of a commit, is fenced and cannot set it back.
   *
   * @throws PipelineError OFFSET_INVALID if an offset is outside its partition, or the group has members
   */
  async setCommitted(groupId: string, offsets: readonly NewOffset[]): Promise<void> {
    await this.#checkWithinBounds(offsets);
    const members = await this.members(groupId);
    if (members.length > 0)
      throw new PipelineError(
        'OFFSET_INVALID',
        `Cannot set offsets of group "${groupId}" as all its instances must be stopped: ` +
          `current number of members is ${members.length} (${quoted(members.map(({ clientId }) => clientId))})`,
      );
    const client = transactionClient(this.#connection);
    const connection = { ...this.#connection, config: { ...this.#connection.config, groupId } };
    for (const { topic, partition, offset } of offsets) {
      const id = transactionalId({ groupId, topic, partition });
      const producer = new TransactionalProducer(connection, client, id);
      try {
        await producer.open();
        const kept = await this.committed(groupId);
        const own = kept.find((known) => known.topic === topic && known.partition === partition);
        await producer.commit([], [{ topic, partition, nextOffset: offset, metadata: own?.metadata ?? '' }]);
      } finally {
        await producer.close();
      }
    }
  }

  /** Who is in the group now. */
  async members(groupId: string): Promise<GroupMember[]> {
    const { groups } = await this.#ask(`describe group "${groupId}"`, () =>
      this.#admin.describeGroups([groupId]),
    );
    const members = groups.flatMap((group: GroupDescription) => group.members);
    return members.map(({ memberId, clientId, clientHost }) => ({
      memberId,
      clientId,
      host: clientHost.replace(/^\//, ''),
    }));
  }

  /** Largest message that the topic takes, bytes; `null` if this user may not know. */
  async messageBytesMax(topic: string): Promise<number | null> {
    const resource = {
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topic,
      configNames: ['max.message.bytes'],
    };
    try {
      const { resources } = await this.#admin.describeConfigs({
        resources: [resource],
        includeSynonyms: false,
      });
      const value = Number(resources[0]?.configEntries[0]?.configValue);
      return Number.isSafeInteger(value) && value > 0 ? value : null;
    } catch (error) {
      const failure = this.#failure(error, `describe topic "${topic}"`);
      if (failure instanceof PipelineError && failure.code === 'TOPIC_FORBIDDEN') return null;
      throw failure;
    }
  }

  async #describe(topics: string[]): Promise<ReadonlyMap<string, number>> {
    const { topics: described } = await this.#admin.fetchTopicMetadata({ topics });
    const wanted = described.filter(({ name }) => topics.includes(name));
    return new Map(wanted.map(({ name, partitions }) => [name, partitions.length]));
  }

  async #checkWithinBounds(offsets: readonly NewOffset[]): Promise<void> {
    for (const topic of new Set(offsets.map((offset) => offset.topic))) {
      const bounds = await this.bounds(topic);
      for (const { partition, offset } of offsets.filter((own) => own.topic === topic)) {
        const found = bounds.find((known) => known.partition === partition);
        if (found !== undefined && offset >= found.begin && offset <= found.end) continue;
        const range = found === undefined ? 'there is no such partition' : `${found.begin} to ${found.end}`;
        throw new PipelineError(
          'OFFSET_INVALID',
          `Cannot set the offset of partition ${partition} of topic "${topic}" as it must be within it (${range}): ` +
            `current value is ${offset}`,
        );
      }
    }
  }

  async #ask<T>(action: string, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw this.#failure(error, action);
    }
  }

  #failure(error: unknown, action: string): unknown {
    return this.#connection.failure(error, action);
  }
}

function typeOf(error: unknown): unknown {
  for (let next = error; next instanceof Error; next = next.cause) if ('type' in next) return next.type;
  return null;
}

function byPartition(a: { readonly partition: number }, b: { readonly partition: number }): number {
  return a.partition - b.partition;
}

function byTopicAndPartition(a: CommittedOffset, b: CommittedOffset): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return byPartition(a, b);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
