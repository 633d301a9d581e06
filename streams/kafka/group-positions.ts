import type { Admin } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';
import type { PartitionProgress } from './partition-input.ts';

/** First and next offset of a partition's log. */
export interface LogBounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** Looks at a log that ends before what the group has read, before that is believed: a new leader may not know its end yet. */
const END_LOOKS = 5;
const END_LOOK_MS = 1000;

/** Where a group is in its topics, and what the topics have. A connection that failed is replaced. */
export class GroupPositions {
  readonly #connection: KafkaConnection;
  #admin: Promise<Admin> | null = null;
  /** The last question, answered or not. */
  #asking: Promise<unknown> = Promise.resolve();

  constructor(connection: KafkaConnection) {
    this.#connection = connection;
  }

  /** All topics that this user may see. */
  topics(): Promise<readonly string[]> {
    return this.#ask('list topics', (admin) => admin.listTopics());
  }

  /** @throws PipelineError TOPIC_NOT_FOUND, TOPIC_FORBIDDEN */
  async expectTopic(topic: string): Promise<void> {
    await this.#ask(`read topic "${topic}"`, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  }

  /** Every partition; `null` where the group has committed nothing. */
  async committed(topic: string): Promise<ReadonlyMap<number, PartitionProgress | null>> {
    const { groupId } = this.#connection.config;
    const answers = await this.#ask(`read the offsets of group "${groupId}" in topic "${topic}"`, (admin) =>
      admin.fetchOffsets({ groupId, topics: [topic] }),
    );
    const partitions = answers.flatMap((answer) => answer.partitions);
    return allOf(
      topic,
      partitions.map(({ partition, offset, metadata }) => {
        const nextOffset = BigInt(offset);
        // What is below zero is no offset: none was committed.
        return [partition, nextOffset < 0n ? null : { nextOffset, metadata: metadata ?? '' }];
      }),
    );
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, LogBounds>> {
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, (admin) =>
      admin.fetchTopicOffsets(topic),
    );
    return allOf(
      topic,
      answers.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
    );
  }

  /** By partition, the first message from a time on, else the end. */
  async offsetsFrom(topic: string, timestampMs: number): Promise<ReadonlyMap<number, bigint>> {
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, (admin) =>
      admin.fetchTopicOffsetsByTimestamp(topic, timestampMs),
    );
    return allOf(
      topic,
      answers.map(({ partition, offset }) => [partition, BigInt(offset)]),
    );
  }

  /**
   * Where a partition is to be begun: what the group has committed, else the first message that there is.
   *
   * @returns with the messages that retention has deleted before the group had read them
   * @throws PipelineError OFFSET_INVALID if the group has read beyond the end: the topic was made anew, or has lost its end
   */
  async beginOf(
    topic: string,
    partition: number,
  ): Promise<{ readonly begin: PartitionProgress; readonly skipped: bigint }> {
    for (let look = 1; ; look++) {
      const committed = (await this.committed(topic)).get(partition);
      const bounds = (await this.bounds(topic)).get(partition);
      if (committed === undefined || bounds === undefined) throw unanswered(topic);
      const { low, high } = bounds;
      if (committed === null) return { begin: { nextOffset: low, metadata: '' }, skipped: 0n };
      const { nextOffset, metadata } = committed;
      if (nextOffset < low) return { begin: { nextOffset: low, metadata }, skipped: low - nextOffset };
      if (nextOffset <= high) return { begin: committed, skipped: 0n };
      if (look === END_LOOKS)
        throw beyondEnd(topic, partition, `${nextOffset}, where the log ends at ${high}`);
      await this.#connection.clock.sleep(END_LOOK_MS);
    }
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = null;
    if (admin !== null) await this.#disconnect(admin);
  }

  /**
   * Questions go one by one: while kafkajs learns of one topic, it knows nothing of another that was asked about meanwhile, and
   * gives an answer without partitions.
   */
  #ask<T>(action: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    const answer = this.#asking.then(() => this.#askNow(action, question));
    this.#asking = answer.catch(() => undefined);
    return answer;
  }

  /**
   * kafkajs asks about every topic that a connection was ever asked about, and fails if one of them is not there any more, or
   * not for this user: only an answer to a new connection is about this question.
   */
  async #askNow<T>(action: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    const isNew = this.#admin === null;
    try {
      return await this.#askOnce(action, question);
    } catch (error) {
      if (isNew || !isAboutTopic(error)) throw error;
      return await this.#askOnce(action, question);
    }
  }

  async #askOnce<T>(action: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    const connecting = (this.#admin ??= this.#connect());
    try {
      return await question(await connecting);
    } catch (error) {
      if (this.#admin === connecting) this.#admin = null;
      await this.#disconnect(connecting);
      throw this.#connection.failure(error, action);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#connection.client.admin();
    await admin.connect();
    return admin;
  }

  async #disconnect(connecting: Promise<Admin>): Promise<void> {
    try {
      await (await connecting).disconnect();
    } catch (error) {
      this.#connection.logger.debug({ err: error }, 'Could not disconnect from the brokers');
    }
  }
}

/** What was answered by partition. No answer must not be taken for "nothing committed": the topic would be read anew. */
function allOf<V>(topic: string, answers: readonly (readonly [number, V])[]): ReadonlyMap<number, V> {
  if (answers.length === 0) throw unanswered(topic);
  return new Map(answers);
}

function isAboutTopic(error: unknown): boolean {
  return (
    error instanceof PipelineError && (error.code === 'TOPIC_NOT_FOUND' || error.code === 'TOPIC_FORBIDDEN')
  );
}

function unanswered(topic: string): PipelineError {
  return new PipelineError(
    'BROKER_FAILED',
    `Cannot read the offsets of topic "${topic}" as each partition must have an answer: current value is none`,
  );
}

function beyondEnd(topic: string, partition: number, value: string): PipelineError {
  return new PipelineError(
    'OFFSET_INVALID',
    `Cannot go on with partition ${partition} of topic "${topic}" as the group's offset must be within it: ` +
      `current value is ${value}; set it anew with nightjar seek`,
    { details: { topic, partition } },
  );
}
