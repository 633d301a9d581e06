import type { Kafka } from 'kafkajs';
import { ERROR_INFO, PipelineError } from '../../core/index.ts';
import type { ErrorCode } from '../../core/index.ts';
import type { KafkaConnection } from './connection.ts';
import { GroupConsumer } from './group-consumer.ts';
import type { ConsumerListener, PartitionName } from './group-consumer.ts';
import { GroupPositions } from './group-positions.ts';
import { PartitionOwners } from './partition-owners.ts';
import { PartitionWatch } from './partition-watch.ts';
import { QueueBudget } from './queue-budget.ts';
import { settleStart } from './start-offsets.ts';
import { subscribedTopics } from './subscribed-topics.ts';
import type { SubscribedTopics, Subscription } from './subscribed-topics.ts';
import { transactionClient } from './transactional-producer.ts';

/** Between looks at what the topics have, for the lag, and for what is stuck. */
const LOOK_MS = 5000;

/** Looks for a topic that is named, before it is believed to have been deleted. */
const REFRESH_FAILURES_MAX = 3;

/** What is still at work after the drain is dropped, and has this long to see it. */
const DROP_MS = 5000;

export interface PartitionState extends PartitionName {
  /** True while the work is at it. */
  readonly isRunning: boolean;
  /** Messages that the group has not committed; `null` while that is not known. */
  readonly lagMessages: bigint | null;
}

export interface ConsumerGroupState {
  /** True while this instance is a member of the group. */
  readonly isMember: boolean;
  /** What the group has given to this instance. */
  readonly partitions: readonly PartitionState[];
}

export interface ConsumerGroupOptions {
  readonly connection: KafkaConnection;
  readonly subscriptions: readonly Subscription[];
  /** For what was taken to be finished after the signal. */
  readonly drainMs: number;
  readonly signal: AbortSignal;
  /** Called with each change. */
  readonly onState?: (state: ConsumerGroupState) => void;
}

/**
 * Reads topics as a member of a consumer group, with work on each partition that the group gives to it, until the signal aborts.
 * Then nothing more is taken, what was taken has `drainMs` to be committed, and the group is left.
 *
 * @throws PipelineError at the start whatever is wrong with brokers and topics; later what trying again does not mend
 */
export async function runConsumerGroup(options: ConsumerGroupOptions): Promise<void> {
  await new ConsumerGroup(options).run();
}

/**
 * Settles where a group begins that has no offsets yet, without joining it: what is written after this resolves is read by the
 * group, however much later it runs.
 *
 * @throws PipelineError as the start of `runConsumerGroup`
 */
export async function beginConsumerGroup(options: Omit<ConsumerGroupOptions, 'onState'>): Promise<void> {
  await new ConsumerGroup(options).begin();
}

class ConsumerGroup {
  readonly #options: ConsumerGroupOptions;
  readonly #connection: KafkaConnection;
  readonly #positions: GroupPositions;
  readonly #owners: PartitionOwners;
  readonly #watch: PartitionWatch;
  readonly #transactions: Kafka;
  /** The signal, or a failure. */
  readonly #stop = new AbortController();
  /** After what was taken has been committed. */
  readonly #leave = new AbortController();
  #failure: { readonly error: unknown } | null = null;
  #topics: SubscribedTopics = new Map();
  #consumer: GroupConsumer | null = null;
  /** Ends the consumer, for another to be made. */
  #renew: { readonly signal: AbortController; cause: 'topics' | 'stall' } = {
    signal: new AbortController(),
    cause: 'topics',
  };
  #refreshing: Promise<void> | null = null;
  /** In a row. */
  #refreshFailures = 0;
  #confirmations: (() => void)[] = [];

  constructor(options: ConsumerGroupOptions) {
    const { connection } = options;
    const positions = new GroupPositions(connection);
    const budget = new QueueBudget(connection.config);
    this.#options = options;
    this.#connection = connection;
    this.#positions = positions;
    this.#watch = new PartitionWatch(connection, positions, budget);
    this.#transactions = transactionClient(connection);
    this.#owners = new PartitionOwners({
      connection,
      client: this.#transactions,
      positions,
      budget,
      fetchFrom: (name, offset) => this.#consumer?.fetchFrom(name, offset),
      setPaused: (name, isPaused) => this.#consumer?.setPaused(name, isPaused),
      confirmed: (signal) => this.#confirmed(signal),
      onFailure: (error, name, times) => this.#partitionFailed(error, name, times),
      onChange: () => {
        this.#tell();
      },
    });
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const stop = (): void => {
      this.#stop.abort(new Error('The consumer group ends'));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await this.#begin();
      const tasks = [this.#consume(), this.#watchTopics(), this.#watchPartitions(), this.#drain()];
      const failing = tasks.map((task) =>
        task.catch((error: unknown) => {
          this.#fail(error);
        }),
      );
      await Promise.all(failing);
    } finally {
      signal.removeEventListener('abort', stop);
      await this.#positions.close();
    }
    if (this.#failure !== null) throw this.#failure.error;
  }

  async begin(): Promise<void> {
    try {
      await this.#begin();
    } finally {
      await this.#positions.close();
    }
  }

  async #begin(): Promise<void> {
    this.#topics = await subscribedTopics(this.#options.subscriptions, this.#positions);
    for (const subscription of this.#options.subscriptions) {
      const topics = [...this.#topics].filter(([, own]) => own === subscription).map(([topic]) => topic);
      await this.#settle({ topics, start: subscription.start });
    }
  }

  /** Instances that start together fence each other until one has settled where the group begins. */
  async #settle(source: Parameters<typeof settleStart>[1]): Promise<void> {
    const { clock, config } = this.#connection;
    while (!this.#isStopping())
      try {
        await settleStart(
          { connection: this.#connection, client: this.#transactions, positions: this.#positions },
          source,
        );
        return;
      } catch (error) {
        if (!hasCode(error, 'PARTITION_LOST')) throw error;
        await quietly(clock.sleep(config.retryMs, this.#stop.signal));
      }
  }

  /** One consumer after the other, until the group is left. */
  async #consume(): Promise<void> {
    const { clock, config, logger, metrics } = this.#connection;
    let failures = 0;
    while (!this.#hasLeft()) {
      const end = await this.#consumeOnce();
      if (this.#hasLeft()) return;
      failures = end.hasFailedToJoin ? failures + 1 : 0;
      const retryMs =
        end.cause === 'topics' ? 0 : Math.min(config.retryMs * 2 ** failures, config.retryMsMax);
      metrics.count('nightjar_kafka_consumer_restarts_total', { cause: end.cause });
      // Topics of a pattern come and go each night, and that is no reason to look at the log.
      if (end.cause === 'topics') logger.info({ topics: this.#topics.size }, 'The topics have changed');
      else logger.warn({ cause: end.cause, err: end.error, retryMs }, 'The consumer is made anew');
      await quietly(clock.sleep(retryMs, this.#leave.signal));
      // A topic of a pattern may have been deleted, which the consumer does not survive.
      if (end.cause === 'failure') await this.#refreshTopics();
    }
  }

  async #consumeOnce(): Promise<ConsumerEnd> {
    this.#renew = { signal: new AbortController(), cause: 'topics' };
    const signal = AbortSignal.any([this.#leave.signal, this.#renew.signal.signal]);
    if (this.#topics.size === 0) {
      await aborted(signal);
      return { cause: 'topics', hasFailedToJoin: false, error: undefined };
    }
    const consumer = new GroupConsumer(this.#connection, this.#listener());
    this.#consumer = consumer;
    try {
      const hasStalled = await consumer.run([...this.#topics.keys()], signal);
      return { cause: hasStalled ? 'stall' : this.#renew.cause, hasFailedToJoin: false, error: undefined };
    } catch (error) {
      if (isFinal(error) && !hasCode(error, 'TOPIC_NOT_FOUND')) this.#fail(error);
      return { cause: 'failure', hasFailedToJoin: !consumer.hasJoined, error };
    } finally {
      this.#consumer = null;
      this.#tell();
    }
  }

  #listener(): ConsumerListener {
    return {
      owned: () => this.#owners.owned,
      onAssigned: (assignment) => {
        this.#connection.metrics.count('nightjar_kafka_rebalances_total', null);
        this.#owners.assign(assignment, (topic) =>
          this.#isStopping() ? null : (this.#topics.get(topic)?.work ?? null),
        );
        this.#tell();
      },
      onBatch: (name, batch) => this.#owners.receive(name, batch),
      onEmptyBatch: (name, batch) => {
        this.#owners.receiveEmpty(name, batch);
      },
      onConfirmed: () => {
        for (const confirm of this.#confirmations.splice(0)) confirm();
      },
    };
  }

  #confirmed(signal: AbortSignal): Promise<void> {
    return Promise.race([aborted(signal), new Promise<void>((resolve) => this.#confirmations.push(resolve))]);
  }

  async #watchTopics(): Promise<void> {
    if (this.#options.subscriptions.every(({ pattern }) => pattern === null)) return;
    const { clock, config } = this.#connection;
    while (!this.#isStopping()) {
      await quietly(clock.sleep(config.topicsRefreshMs, this.#stop.signal));
      if (!this.#isStopping()) await this.#refreshTopics();
    }
  }

  /** Looks for the topics again, for all that want it at the same time. */
  #refreshTopics(): Promise<void> {
    this.#refreshing ??= this.#refreshNow().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  /** Where the topics are others now, the consumer is made anew with them. */
  async #refreshNow(): Promise<void> {
    const { clock, config, logger } = this.#connection;
    try {
      const topics = await subscribedTopics(this.#options.subscriptions, this.#positions);
      const isSame =
        topics.size === this.#topics.size && [...topics.keys()].every((topic) => this.#topics.has(topic));
      this.#topics = topics;
      this.#refreshFailures = 0;
      if (!isSame) this.#renewConsumer('topics');
    } catch (error) {
      // A broker that has just come back may not know of a topic yet.
      this.#refreshFailures++;
      if (isFinal(error) && this.#refreshFailures >= REFRESH_FAILURES_MAX) this.#fail(error);
      else {
        logger.warn({ err: error }, 'The topics could not be looked for');
        // So that as many failures take some time.
        await quietly(clock.sleep(config.retryMs, this.#stop.signal));
      }
    }
  }

  #renewConsumer(cause: 'topics' | 'stall'): void {
    this.#renew.cause = cause;
    this.#renew.signal.abort(new Error('Another consumer is made'));
  }

  async #watchPartitions(): Promise<void> {
    const { clock, logger } = this.#connection;
    while (!this.#isStopping()) {
      await quietly(clock.sleep(LOOK_MS, this.#stop.signal));
      try {
        if (await this.#watch.look(this.#owners.all)) this.#renewConsumer('stall');
      } catch (error) {
        // Brokers that do not answer here are met by those who read and write, too.
        logger.debug({ err: error }, 'The offsets of topics could not be read');
      }
      this.#tell();
    }
  }

  /** After the signal: what was taken is committed, within limits; then the group is left. */
  async #drain(): Promise<void> {
    const { clock } = this.#connection;
    await aborted(this.#stop.signal);
    this.#owners.drain();
    for (const limitMs of [this.#options.drainMs, DROP_MS]) {
      const timer = new AbortController();
      await Promise.race([this.#owners.ended(), quietly(clock.sleep(limitMs, timer.signal))]);
      timer.abort(new Error('All have ended'));
      this.#owners.drop();
    }
    this.#leave.abort(new Error('The consumer group ends'));
  }

  /**
   * A topic that has been deleted is not a failure where a pattern had brought it, and a broker that has just come back may not
   * know of a topic yet.
   *
   * @returns true if the partition is to be tried again
   */
  async #partitionFailed(error: unknown, { topic }: PartitionName, times: number): Promise<boolean> {
    const isMissing = hasCode(error, 'TOPIC_NOT_FOUND');
    if (isMissing) await this.#refreshTopics();
    if (!this.#topics.has(topic)) {
      this.#connection.logger.warn({ topic }, 'A topic has been deleted');
      return false;
    }
    if (isMissing && times < REFRESH_FAILURES_MAX) return true;
    this.#fail(error);
    return false;
  }

  #isStopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #hasLeft(): boolean {
    return this.#leave.signal.aborted;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort(new Error('The consumer group has failed'));
  }

  #tell(): void {
    this.#watch.measure(this.#owners.all);
    this.#options.onState?.({
      isMember: this.#consumer?.isMember ?? false,
      partitions: this.#owners.all.map(({ name, isRunning, lag }) => ({
        ...name,
        isRunning,
        lagMessages: lag,
      })),
    });
  }
}

interface ConsumerEnd {
  readonly cause: 'topics' | 'stall' | 'failure';
  readonly hasFailedToJoin: boolean;
  readonly error: unknown;
}

function isFinal(error: unknown): boolean {
  return error instanceof PipelineError && !ERROR_INFO[error.code].retryable;
}

function hasCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof PipelineError && error.code === code;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}

/** A wait that a signal may cut short. */
async function quietly(waiting: Promise<void>): Promise<void> {
  await waiting.catch(() => undefined);
}
