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

  /** By partition; none where the group has committed nothing. */
  async committed(topic: string): Promise<ReadonlyMap<number, PartitionProgress>> {
    const { groupId } = this.#connection.config;
    const answers = await this.#ask(`read the offsets of group "${groupId}" in topic "${topic}"`, (admin) =>
      admin.fetchOffsets({ groupId, topics: [topic] }),
    );
    const partitions = answers.flatMap((answer) => answer.partitions);
    return new Map(
      partitions
        .map((own) => ({ ...own, nextOffset: BigInt(own.offset), metadata: own.metadata ?? '' }))
        // What is below zero is no offset: none was committed, or kafkajs has set it back.
        .filter(({ nextOffset }) => nextOffset >= 0n)
        .map(({ partition, nextOffset, metadata }) => [partition, { nextOffset, metadata }]),
    );
  }

  async bounds(topic: string): Promise<ReadonlyMap<number, LogBounds>> {
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, (admin) =>
      admin.fetchTopicOffsets(topic),
    );
    return new Map(
      answers.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
    );
  }

  /** By partition, the first message from a time on, else the end. */
  async offsetsFrom(topic: string, timestampMs: number): Promise<ReadonlyMap<number, bigint>> {
    const answers = await this.#ask(`read the offsets of topic "${topic}"`, (admin) =>
      admin.fetchTopicOffsetsByTimestamp(topic, timestampMs),
    );
    return new Map(answers.map(({ partition, offset }) => [partition, BigInt(offset)]));
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
      const { low, high } = (await this.bounds(topic)).get(partition) ?? { low: 0n, high: 0n };
      if (committed === undefined) return { begin: { nextOffset: low, metadata: '' }, skipped: 0n };
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

  async #ask<T>(action: string, question: (admin: Admin) => Promise<T>): Promise<T> {
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

function beyondEnd(topic: string, partition: number, value: string): PipelineError {
  return new PipelineError(
    'OFFSET_INVALID',
    `Cannot go on with partition ${partition} of topic "${topic}" as the group's offset must be within it: ` +
      `current value is ${value}; set it anew with nightjar seek`,
    { details: { topic, partition } },
  );
}
