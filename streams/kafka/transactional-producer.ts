import { Kafka } from 'kafkajs';
import type { Message, Producer, RecordMetadata, Transaction } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';
import type { OutRecord } from './partition-input.ts';
import { cutIntoSends } from './record-sends.ts';
import { StickyPartitioner } from './sticky-partitioner.ts';
import { withinLimit } from './within-limit.ts';

/** Where the group goes on in one partition. */
export interface GroupOffset {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: bigint;
  readonly metadata: string;
}

/**
 * Attempts to add offsets to a transaction, and to connect: the first follow each other quickly, since a transaction can begin only
 * when the markers of the one before are written, a few ms after it was committed. All of them are over in some 5 s.
 */
const RETRY = { initialRetryTime: 5, multiplier: 2, factor: 0.2, maxRetryTime: 500, retries: 14 } as const;

/**
 * Attempts to send records: one. Where a broker refuses, kafkajs begins the next attempt while what it sent to others is under way,
 * so that these get the same records again, under other sequence numbers, and the transaction holds them twice.
 */
const SEND_RETRY = { retries: 0 } as const;

/** For leaving an open transaction, and the connections: what stays open, the next owner or the broker ends. */
const CLOSE_MS_MAX = 5000;

/**
 * The client of all transactional producers of a group. Not the consumer's: kafkajs lets the producers of a client tell its
 * consumers of offsets that are not committed yet.
 */
export function transactionClient({ clientConfig }: KafkaConnection): Kafka {
  return new Kafka({ ...clientConfig, retry: RETRY });
}

/**
 * Writes records and a group's offsets in transactions under an id of its own. A failure is final: it is closed, and another one
 * begins by reading what has been committed.
 */
export class TransactionalProducer {
  readonly #connection: KafkaConnection;
  readonly #transactionalId: string;
  readonly #partitioner = new StickyPartitioner();
  readonly #producer: Producer;

  constructor(connection: KafkaConnection, client: Kafka, transactionalId: string) {
    this.#connection = connection;
    this.#transactionalId = transactionalId;
    this.#producer = client.producer({
      transactionalId,
      transactionTimeout: connection.config.transactionTimeoutMs,
      retry: SEND_RETRY,
      createPartitioner: this.#partitioner.create,
      allowAutoTopicCreation: false,
    });
  }

  /**
   * Connects, and fences every other producer with this transactional id: what they have committed is there when this resolves,
   * what they left open is aborted, and whatever they try after it fails.
   */
  async open(): Promise<void> {
    await this.#attempt(`take over transactional id "${this.#transactionalId}"`, async () => {
      await this.#producer.connect();
      // Beginning the first transaction makes kafkajs ask for the producer id, which is what fences.
      const transaction = await this.#producer.transaction();
      await transaction.abort();
    });
  }

  /**
   * The offsets go first, since they can wait for the transaction before to be over. Without offsets, that is up to the caller.
   *
   * @throws PipelineError PARTITION_LOST if fenced, or the outcome is not known; MESSAGE_TOO_LARGE, TOPIC_FORBIDDEN, …
   */
  async commit(records: readonly OutRecord[], offsets: readonly GroupOffset[]): Promise<void> {
    const sends = cutIntoSends(records, this.#connection.config.messageBytesMax);
    const action = `commit under transactional id "${this.#transactionalId}"`;
    const { clock, metrics } = this.#connection;
    const beganMs = clock.monotonicMs();
    const transaction = await this.#attempt(action, () => this.#producer.transaction());
    try {
      await this.#limited(action, async () => {
        if (offsets.length > 0) await this.#sendOffsets(transaction, offsets);
        for (const send of sends) await this.#send(transaction, send);
      });
    } catch (error) {
      await this.#abort(transaction);
      throw this.#failure(error, action);
    }
    await this.#end(transaction, action);
    metrics.observe(
      'nightjar_kafka_transaction_duration_seconds',
      null,
      (clock.monotonicMs() - beganMs) / 1000,
    );
  }

  /** Leaves the connections; never rejects. */
  async close(): Promise<void> {
    await this.#quietly('disconnect', () => this.#producer.disconnect());
  }

  async #send(transaction: Transaction, records: readonly OutRecord[]): Promise<void> {
    const topics = new Map<string, Message[]>();
    for (const { topic, key, value, headers } of records) {
      const message: Message = { key, value, ...(headers === undefined ? {} : { headers: { ...headers } }) };
      topics.set(topic, [...(topics.get(topic) ?? []), message]);
    }
    const topicMessages = [...topics].map(([topic, messages]) => ({ topic, messages }));
    const names = [...topics.keys()].map((topic) => `"${topic}"`).join(', ');
    const answers = await transaction.sendBatch({ topicMessages, acks: -1 }).catch((error: unknown) => {
      throw this.#failure(error, `write to ${names} under transactional id "${this.#transactionalId}"`);
    });
    for (const { topic, messages } of topicMessages) this.#checkAnswers(topic, messages, answers);
  }

  /**
   * Each partition must have answered once. Where a leader moves between two attempts of a send, kafkajs passes over the
   * partitions that have come to a broker which had answered already, or writes again to one that it has connected to anew.
   */
  #checkAnswers(topic: string, messages: readonly Message[], answers: readonly RecordMetadata[]): void {
    const expected = new Set(messages.map((message) => this.#partitioner.partitionOf(message)));
    const answered = answers.filter(({ topicName }) => topicName === topic).map(({ partition }) => partition);
    const isExact =
      answered.length === expected.size && answered.every((partition) => expected.has(partition));
    if (!isExact)
      throw new PipelineError(
        'PARTITION_LOST',
        `Cannot write to topic "${topic}" as each partition must answer once: ` +
          `current value is ${answered.length} answers for ${expected.size} partitions`,
      );
  }

  async #sendOffsets(transaction: Transaction, offsets: readonly GroupOffset[]): Promise<void> {
    const topics = offsets.map(({ topic, partition, nextOffset, metadata }) => ({
      topic,
      // kafkajs's types do not know of the metadata, which it passes on.
      partitions: [{ partition, offset: String(nextOffset), metadata }],
    }));
    const { clock, config } = this.#connection;
    const attempt = async (waitMs: number, attemptsLeft: number): Promise<void> => {
      try {
        await transaction.sendOffsets({ consumerGroupId: config.groupId, topics });
      } catch (error) {
        // Nothing was added: the markers of the transaction before are still being written. kafkajs tries again for records only.
        if (!isConcurrent(error) || attemptsLeft === 0) throw error;
        await clock.sleep(waitMs);
        await attempt(Math.min(waitMs * RETRY.multiplier, RETRY.maxRetryTime), attemptsLeft - 1);
      }
    };
    await attempt(RETRY.initialRetryTime, RETRY.retries);
  }

  async #end(transaction: Transaction, action: string): Promise<void> {
    try {
      await this.#limited(action, () => transaction.commit());
    } catch (error) {
      const failure = this.#failure(error, action);
      throw failure.code === 'BROKER_UNREACHABLE' ? lost(action, error) : failure;
    }
  }

  /** An open transaction keeps readers of committed records waiting until it times out. */
  #abort(transaction: Transaction): Promise<void> {
    return this.#quietly('abort', () => transaction.abort());
  }

  async #quietly(what: string, run: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#connection;
    const late = (): Error => new Error(`No answer within ${CLOSE_MS_MAX} ms`);
    try {
      await withinLimit({ clock, limitMs: CLOSE_MS_MAX, late, run });
    } catch (error) {
      logger.debug({ err: error, transactionalId: this.#transactionalId }, `Could not ${what} a producer`);
    }
  }

  async #attempt<T>(action: string, run: () => Promise<T>): Promise<T> {
    try {
      return await this.#limited(action, run);
    } catch (error) {
      throw this.#failure(error, action);
    }
  }

  #limited<T>(action: string, run: () => Promise<T>): Promise<T> {
    const { clock, config } = this.#connection;
    const limitMs = config.transactionTimeoutMs;
    const late = (): PipelineError =>
      new PipelineError(
        'BROKER_UNREACHABLE',
        `Cannot ${action} as it must be done within kafka.transactionTimeoutMs: current value is ${limitMs} ms`,
      );
    return withinLimit({ clock, limitMs, late, run });
  }

  /** Errors that have no code come from kafkajs's own state, which a new producer does not have. */
  #failure(error: unknown, action: string): PipelineError {
    const failure = this.#connection.failure(error, action);
    return failure instanceof PipelineError ? failure : lost(action, error);
  }
}

function lost(action: string, cause: unknown): PipelineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PipelineError('PARTITION_LOST', `Cannot ${action} as its outcome is not known: ${why}`, {
    cause,
  });
}

function isConcurrent(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'CONCURRENT_TRANSACTIONS';
}
