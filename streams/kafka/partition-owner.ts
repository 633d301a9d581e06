import type { Kafka } from 'kafkajs';
import { ERROR_INFO, PipelineError } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';
import type { EmptyBatch, PartitionName } from './group-consumer.ts';
import type { GroupPositions, LogBounds } from './group-positions.ts';
import type { PartitionProgress, PartitionWork } from './partition-input.ts';
import { PartitionSession } from './partition-session.ts';
import type { FetchedBatch } from './partition-session.ts';
import type { PartitionQueue, QueueBudget } from './queue-budget.ts';
import { transactionalId } from './transactional-id.ts';
import { TransactionalProducer } from './transactional-producer.ts';

/** What owners of partitions share. */
export interface OwnerContext {
  readonly connection: KafkaConnection;
  /** Of the transactional producers. */
  readonly client: Kafka;
  readonly positions: GroupPositions;
  readonly budget: QueueBudget;
  /** What the consumer does with a partition; nothing happens while there is none. */
  readonly fetchFrom: (name: PartitionName, offset: bigint) => void;
  readonly setPaused: (name: PartitionName, isPaused: boolean) => void;
  /** Resolves when the group answers next that this is its member. */
  readonly confirmed: (signal: AbortSignal) => Promise<void>;
  /** A failure that trying again does not mend, with how often it came in a row; true if the partition is tried again. */
  readonly onFailure: (error: unknown, name: PartitionName, times: number) => Promise<boolean>;
  /** A session has begun or ended. */
  readonly onChange: () => void;
}

export interface OwnedPartition {
  readonly name: PartitionName;
  readonly work: PartitionWork;
  /** Ends first: the owner of the partition when this member had it last. */
  readonly before: Promise<void>;
}

/**
 * A partition while the group gives it to this member: sessions one after the other. Each begins by fencing whoever had the
 * partition before, and only then reads what has been committed, so that nothing can be committed after that was read; one that
 * failed is followed by the next after a wait, once the group has said that the partition is still here.
 */
export class PartitionOwner {
  readonly name: PartitionName;
  /** Resolves when nothing of it goes on; never rejects. */
  readonly ended: Promise<void>;
  readonly #context: OwnerContext;
  readonly #work: PartitionWork;
  readonly #stop = new AbortController();
  #session: PartitionSession | null = null;
  #queue: PartitionQueue | null = null;
  /** A look at the bounds of the log, under way. */
  #looking: Promise<void> | null = null;
  /** Where an empty batch began beyond the position. */
  #gap: string | null = null;
  /** The session got something done, so that its failure is the first again. */
  #hasCommitted = false;
  #bounds: LogBounds | null = null;

  constructor(context: OwnerContext, { name, work, before }: OwnedPartition) {
    this.#context = context;
    this.name = name;
    this.#work = work;
    this.ended = before.then(() => this.#run());
  }

  /** True while the work is at it. */
  get isRunning(): boolean {
    return this.#session !== null;
  }

  /** Messages that the group has not committed yet; `null` if that is not known. */
  get lag(): bigint | null {
    if (this.#session === null || this.#bounds === null) return null;
    const lag = this.#bounds.high - this.#session.committed.nextOffset;
    return lag > 0n ? lag : 0n;
  }

  /** Takes a new consumer on to where this partition is. */
  resumeFetching(): void {
    if (this.#session !== null) this.#context.fetchFrom(this.name, this.#session.position);
    this.#applyPause();
  }

  receive(batch: FetchedBatch): boolean {
    const session = this.#session;
    if (session === null) return false;
    // A consumer that is out of the log's range is set to its beginning.
    if (batch.fetchedOffset < session.position || !session.receive(batch)) this.#look(session);
    return true;
  }

  /**
   * Nothing to be read up to the next offset: where it begins at the position, that is certain. Where it does not, compaction has
   * left a gap, or the consumer is not where it should be: it is set back once, to see the same again or not.
   */
  receiveEmpty({ firstOffset, nextOffset }: EmptyBatch): void {
    const session = this.#session;
    if (session === null) return;
    // Without a record from the fetched offset on, kafkajs goes on one after that offset.
    const begin = firstOffset ?? nextOffset - 1n;
    const gap = begin <= session.position ? null : `${session.position}-${begin}`;
    if (gap === null || gap === this.#gap) session.passTo(nextOffset);
    else this.#look(session);
    this.#gap = gap;
  }

  /**
   * Takes note of what the log has; what it has no more is passed over.
   *
   * @param positionBefore when it was asked for
   */
  observe(bounds: LogBounds, positionBefore: bigint | null): void {
    this.#bounds = bounds;
    const session = this.#session;
    if (session === null) return;
    if (this.#holdAgainst(session, bounds, positionBefore))
      this.#context.fetchFrom(this.name, session.position);
  }

  /** True if messages are there to be fetched, and would be. */
  get isBehind(): boolean {
    const position = this.#session?.position;
    return (
      position !== undefined && !this.#isPaused() && this.#bounds !== null && position < this.#bounds.high
    );
  }

  get position(): bigint | null {
    return this.#session?.position ?? null;
  }

  commitIdle(): void {
    // A failed commit ends the session, which tells why.
    this.#session?.commitIdle().catch(() => undefined);
  }

  /** The partition has gone to another member. */
  revoke(): void {
    this.#stop.abort(new Error('The partition is given up'));
    this.#session?.end();
  }

  /** Takes nothing more, and commits what it has. */
  drain(): void {
    this.#stop.abort(new Error('The consumer group ends'));
    this.#session?.drain();
  }

  async #run(): Promise<void> {
    let failures = 0;
    let finalFailures = 0;
    while (!this.#isStopped())
      try {
        await this.#live();
        return;
      } catch (error) {
        if (this.#isStopped()) {
          this.#context.connection.logger.debug(
            { err: error, ...this.name },
            'A session ended with its partition',
          );
          return;
        }
        failures = this.#hasCommitted ? 1 : failures + 1;
        finalFailures = isRetryable(error) ? 0 : finalFailures + 1;
        const isGivenUp =
          finalFailures > 0 && !(await this.#context.onFailure(error, this.name, finalFailures));
        if (isGivenUp) return;
        await this.#waitAfter(error, failures);
      }
  }

  /** One session, from the take-over to its end. */
  async #live(): Promise<void> {
    const { connection, client, positions } = this.#context;
    const { topic, partition } = this.name;
    const { groupId } = connection.config;
    this.#hasCommitted = false;
    const producer = new TransactionalProducer(
      connection,
      client,
      transactionalId({ groupId, topic, partition }),
    );
    try {
      await producer.open();
      const { begin, skipped } = await positions.beginOf(topic, partition);
      if (this.#isStopped()) return;
      if (skipped > 0n) this.#tellSkipped(begin.nextOffset - skipped, begin.nextOffset);
      await this.#workOn(this.#begin(producer, begin));
    } finally {
      this.#forget();
      await this.#looking;
      await producer.close();
    }
  }

  async #workOn(session: PartitionSession): Promise<void> {
    try {
      await this.#work(session);
    } catch (error) {
      session.fail(error);
    }
    this.#hasCommitted = session.commits > 0;
    session.throwIfFailed();
    const { topic, partition } = this.name;
    if (!this.#isStopped())
      throw new Error(
        `Cannot go on with partition ${partition} of topic "${topic}" as the work on it has ended`,
      );
  }

  #forget(): void {
    this.#session?.end();
    this.#session = null;
    this.#queue?.close();
    this.#queue = null;
    this.#applyPause();
    this.#context.onChange();
  }

  #begin(producer: TransactionalProducer, begin: PartitionProgress): PartitionSession {
    const queue = this.#context.budget.open(() => {
      this.#applyPause();
    });
    const session = new PartitionSession({ ...this.name, begin, producer, queue });
    this.#queue = queue;
    this.#session = session;
    this.#gap = null;
    this.resumeFetching();
    this.#context.onChange();
    return session;
  }

  /** Fetched from elsewhere than the position: the log says whether that is still within it. */
  #look(session: PartitionSession): void {
    this.#looking ??= this.#askWhy(session);
    this.#applyPause();
  }

  async #askWhy(session: PartitionSession): Promise<void> {
    try {
      const { position } = session;
      const bounds = (await this.#context.positions.bounds(this.name.topic)).get(this.name.partition);
      if (bounds !== undefined) this.#holdAgainst(session, bounds, position);
    } catch (error) {
      session.fail(error);
    }
    this.#looking = null;
    if (session === this.#session) this.resumeFetching();
  }

  /**
   * A log that ends before the position was made anew, or has lost its end, unless its leader does not know that yet: the next
   * session looks closely at where it begins. What is written from here on must not be taken for what has been read.
   *
   * @returns true if the position has moved on
   */
  #holdAgainst(session: PartitionSession, { low, high }: LogBounds, positionBefore: bigint | null): boolean {
    const { position } = session;
    if (low > position) {
      this.#skip(session, low);
      return true;
    }
    if (positionBefore !== null && high < positionBefore && high < position)
      session.fail(beyondEnd(this.name, position, high));
    return false;
  }

  /** What retention has deleted cannot be read any more: that is said loudly, and the reading goes on. */
  #skip(session: PartitionSession, low: bigint): void {
    this.#tellSkipped(session.position, low);
    session.passTo(low);
    this.commitIdle();
  }

  #tellSkipped(fromOffset: bigint, toOffset: bigint): void {
    const { logger, metrics } = this.#context.connection;
    metrics.count(
      'nightjar_kafka_skipped_messages_total',
      { topic: this.name.topic },
      Number(toOffset - fromOffset),
    );
    const offsets = { fromOffset: String(fromOffset), toOffset: String(toOffset) };
    logger.error({ ...this.name, ...offsets }, 'Messages were deleted from the topic before they were read');
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #isPaused(): boolean {
    return this.#session === null || this.#looking !== null || this.#queue?.isPaused === true;
  }

  #applyPause(): void {
    this.#context.setPaused(this.name, this.#isPaused());
  }

  /** Waits longer with each failure, and then for the group's word that the partition is still here. */
  async #waitAfter(error: unknown, failures: number): Promise<void> {
    const { connection, confirmed } = this.#context;
    const { clock, config, logger, metrics } = connection;
    const retryMs = Math.min(config.retryMs * 2 ** (failures - 1), config.retryMsMax);
    const code = error instanceof PipelineError ? error.code : 'BROKER_FAILED';
    metrics.count('nightjar_kafka_session_restarts_total', { code });
    logger.warn({ err: error, ...this.name, retryMs }, 'A partition is begun anew');
    try {
      await clock.sleep(retryMs, this.#stop.signal);
      await confirmed(this.#stop.signal);
    } catch {
      // Given up while waiting.
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof PipelineError && ERROR_INFO[error.code].retryable;
}

function beyondEnd({ topic, partition }: PartitionName, position: bigint, high: bigint): PipelineError {
  return new PipelineError(
    'BROKER_FAILED',
    `Cannot go on with partition ${partition} of topic "${topic}" as the log must not end before what was read: ` +
      `current value is an end at ${high}, where ${position} is the next to be read`,
    { details: { topic, partition } },
  );
}
