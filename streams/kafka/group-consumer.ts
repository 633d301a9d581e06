import type { Assignment, Batch, Consumer } from 'kafkajs';
import type { KafkaConnection } from './connection.ts';
import type { FetchedBatch } from './partition-session.ts';
import { stickyAssigner } from './sticky-assigner.ts';
import { topicMessage } from './topic-message.ts';
import { withinLimit } from './within-limit.ts';

/** A partition of a topic. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** A batch without messages: of its records all are markers of transactions, or were aborted. */
export interface EmptyBatch {
  /** First record; `null` where there is none from the fetched offset on. */
  readonly firstOffset: bigint | null;
  readonly nextOffset: bigint;
}

/** What a consumer tells, at once and in order. */
export interface ConsumerListener {
  /** What this member has now, by topic; nothing is fetched before it returns. */
  readonly onAssigned: (assignment: Assignment) => void;
  /** @returns false if nobody takes the batch */
  readonly onBatch: (name: PartitionName, batch: FetchedBatch) => boolean;
  readonly onEmptyBatch: (name: PartitionName, batch: EmptyBatch) => void;
  /** The group has answered that this is still its member. */
  readonly onConfirmed: () => void;
  /** What this member has, when it joins. */
  readonly owned: () => Assignment;
}

/** For a start that is under way to come to an end, before its connections are closed under it. */
const START_END_MS_MAX = 5000;

/** Limit of leaving the group; who does not get through to it, is taken out of it after the session timeout. */
const LEAVE_MS_MAX = 10_000;

/**
 * One kafkajs consumer from joining the group to leaving it. It only hands over what it fetches, so that it never waits
 * for work: kafkajs sends heartbeats between fetches. It never begins anew by itself: who runs it makes another one.
 */
export class GroupConsumer {
  readonly #connection: KafkaConnection;
  readonly #listener: ConsumerListener;
  readonly #consumer: Consumer;
  readonly #ended = new AbortController();
  /** By node, when the fetch under way began. */
  readonly #fetches = new Map<string, number>();
  #hasJoined = false;
  #isMember = false;
  #lastSignMs: number;

  constructor(connection: KafkaConnection, listener: ConsumerListener) {
    const { config, client, clock } = connection;
    this.#connection = connection;
    this.#listener = listener;
    this.#lastSignMs = clock.monotonicMs();
    this.#consumer = client.consumer({
      groupId: config.groupId,
      partitionAssigners: [stickyAssigner(() => listener.owned())],
      metadataMaxAge: config.topicsRefreshMs,
      sessionTimeout: config.sessionTimeoutMs,
      rebalanceTimeout: config.rebalanceTimeoutMs,
      heartbeatInterval: config.heartbeatMs,
      maxBytesPerPartition: config.partitionFetchBytesMax,
      maxBytes: config.fetchBytesMax,
      maxWaitTimeInMs: config.fetchWaitMs,
      retry: { restartOnFailure: () => Promise.resolve(false) },
      allowAutoTopicCreation: false,
      readUncommitted: false,
    });
  }

  /** True once the group has given it partitions. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** True from joining the group to losing it. */
  get isMember(): boolean {
    return this.#isMember;
  }

  /**
   * Joins the group and fetches until the signal aborts, or nothing has come back for too long.
   *
   * @returns true if it had stalled
   * @throws what kafkajs crashed with, as PipelineError if it is known
   */
  async run(topics: readonly string[], signal: AbortSignal): Promise<boolean> {
    const crash = new Promise<never>((_, reject) => {
      this.#on('CRASH', ({ error }) => {
        reject(error);
      });
    });
    this.#listen();
    const left = new Promise<false>((resolve) => {
      if (signal.aborted) resolve(false);
      const leave = (): void => {
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true, signal: this.#ended.signal });
    });
    const starting = this.#start(topics);
    try {
      return await Promise.race([crash, left, starting.then(() => this.#stall())]);
    } catch (error) {
      const names = topics.map((topic) => `"${topic}"`).join(', ');
      throw this.#connection.failure(error, `read ${names} as group "${this.#connection.config.groupId}"`);
    } finally {
      await this.#close(starting);
    }
  }

  /** Fetches on from an offset. */
  fetchFrom({ topic, partition }: PartitionName, offset: bigint): void {
    if (!this.#isMember) return;
    this.#consumer.seek({ topic, partition, offset: String(offset) });
  }

  setPaused({ topic, partition }: PartitionName, isPaused: boolean): void {
    if (!this.#isMember) return;
    const partitions = [{ topic, partitions: [partition] }];
    if (isPaused) this.#consumer.pause(partitions);
    else this.#consumer.resume(partitions);
  }

  /** Goes no further once this has ended: what kafkajs starts after it was disconnected, it does not stop any more. */
  async #start(topics: readonly string[]): Promise<void> {
    await this.#consumer.connect();
    this.#ended.signal.throwIfAborted();
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    this.#ended.signal.throwIfAborted();
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => {
        const { batch } = payload;
        const last = batch.messages.at(-1);
        const { topic, partition } = batch;
        const isTaken = this.#isMember && this.#listener.onBatch({ topic, partition }, fetchedBatch(batch));
        if (isTaken && last !== undefined) payload.resolveOffset(last.offset);
        return Promise.resolve();
      },
    });
  }

  #listen(): void {
    this.#on('GROUP_JOIN', ({ memberAssignment }) => {
      this.#isMember = true;
      this.#hasJoined = true;
      this.#fetches.clear();
      this.#sign();
      this.#listener.onAssigned(memberAssignment);
      this.#listener.onConfirmed();
    });
    this.#on('HEARTBEAT', () => {
      if (this.#isMember) this.#listener.onConfirmed();
    });
    this.#on('START_BATCH_PROCESS', ({ topic, partition, batchSize, firstOffset, lastOffset }) => {
      if (batchSize > 0 || !this.#isMember) return;
      const first = firstOffset as string | null;
      const batch = {
        firstOffset: first === null ? null : BigInt(first),
        nextOffset: BigInt(lastOffset) + 1n,
      };
      this.#listener.onEmptyBatch({ topic, partition }, batch);
    });
    this.#on('STOP', () => {
      // From here on kafkajs refuses to seek, pause and resume; a crash is told only after the connections are closed.
      this.#isMember = false;
    });
    this.#on('REBALANCING', () => {
      this.#fetches.clear();
      this.#sign(this.#connection.config.rebalanceTimeoutMs);
    });
    this.#on('FETCH_START', ({ nodeId }) => {
      this.#fetches.set(String(nodeId), this.#connection.clock.monotonicMs());
    });
    this.#on('FETCH', ({ nodeId }) => {
      this.#fetches.delete(String(nodeId));
      this.#sign();
    });
  }

  #on<E extends keyof ConsumerPayloads>(event: E, listener: (payload: ConsumerPayloads[E]) => void): void {
    // kafkajs types each event by a method of its own.
    const { on, events } = this.#consumer as unknown as ConsumerEvents;
    const remove = on(events[event], ({ payload }) => {
      listener(payload as ConsumerPayloads[E]);
    });
    this.#ended.signal.addEventListener('abort', remove, { once: true });
  }

  /** @param graceMs may pass before the next sign */
  #sign(graceMs = 0): void {
    this.#lastSignMs = this.#connection.clock.monotonicMs() + graceMs;
  }

  /** Resolves when a fetch, or all of them, have not come back for too long. */
  async #stall(): Promise<true> {
    const { clock, config } = this.#connection;
    for (;;) {
      await clock.sleep(config.stallMs / 4, this.#ended.signal);
      const sinceMs = Math.min(this.#lastSignMs, ...this.#fetches.values());
      if (clock.monotonicMs() - sinceMs > config.stallMs) return true;
    }
  }

  /** Leaves the group once the start is over: kafkajs forgets a start that it is disconnected in, and joins all the same. */
  async #close(starting: Promise<void>): Promise<void> {
    this.#isMember = false;
    this.#ended.abort(new Error('The consumer has left'));
    const started = starting.catch(() => undefined);
    const disconnect = (): Promise<boolean> => this.#within(LEAVE_MS_MAX, () => this.#consumer.disconnect());
    if (!(await this.#within(START_END_MS_MAX, () => started))) {
      this.#refuseToJoin();
      // What is cut short may have connected again before it is over.
      void started.then(disconnect);
    }
    await disconnect();
  }

  /** kafkajs gives up a join of which it cannot tell anybody. */
  #refuseToJoin(): void {
    const { on, events } = this.#consumer as unknown as ConsumerEvents;
    on(events.GROUP_JOIN, () => {
      this.#ended.signal.throwIfAborted();
    });
  }

  /** @returns false, after a word in the log, if it fails or is late */
  async #within(limitMs: number, run: () => Promise<void>): Promise<boolean> {
    const { clock, logger } = this.#connection;
    const late = (): Error => new Error(`No answer within ${limitMs} ms`);
    try {
      await withinLimit({ clock, limitMs, late, run });
      return true;
    } catch (error) {
      logger.info({ err: error }, 'The group could not be left in order');
      return false;
    }
  }
}

/** Of kafkajs's events, what is used here. */
interface ConsumerPayloads {
  readonly CRASH: { readonly error: Error };
  readonly STOP: unknown;
  readonly GROUP_JOIN: { readonly memberAssignment: Assignment };
  readonly HEARTBEAT: unknown;
  readonly REBALANCING: unknown;
  readonly FETCH_START: { readonly nodeId: number };
  readonly FETCH: { readonly nodeId: number };
  readonly START_BATCH_PROCESS: {
    readonly topic: string;
    readonly partition: number;
    readonly batchSize: number;
    readonly firstOffset: string;
    readonly lastOffset: string;
  };
}

interface ConsumerEvents {
  readonly on: (event: string, listener: (event: { readonly payload: unknown }) => void) => () => void;
  readonly events: { readonly [E in keyof ConsumerPayloads]: string };
}

function fetchedBatch(batch: Batch): FetchedBatch {
  const { topic, partition } = batch;
  const messages = batch.messages.map((message) => topicMessage(topic, partition, message));
  // kafkajs knows where the fetch began, but its types do not.
  const fetched = (batch as unknown as { readonly fetchedOffset: string }).fetchedOffset;
  return { fetchedOffset: BigInt(fetched), messages, nextOffset: BigInt(batch.lastOffset()) + 1n };
}
