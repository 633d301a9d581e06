import { PipelineError } from '../../core/index.ts';
import type { OutRecord, PartitionInput, PartitionProgress, TopicMessage } from './partition-input.ts';
import type { PartitionQueue } from './queue-budget.ts';
import type { GroupOffset } from './transactional-producer.ts';

/** Of the text that brokers keep with an offset (offset.metadata.max.bytes), by their default. */
const METADATA_BYTES_MAX = 4096;

/** What a session needs of a producer. */
export interface CommitsTransactions {
  commit(records: readonly OutRecord[], offsets: readonly GroupOffset[]): Promise<void>;
}

/** One partition's part of an answer to a fetch. */
export interface FetchedBatch {
  /** Where the fetch began. */
  readonly fetchedOffset: bigint;
  readonly messages: readonly TopicMessage[];
  /** After the last record of the log that was read, also of those that are not messages. */
  readonly nextOffset: bigint;
}

export interface SessionOptions {
  readonly topic: string;
  readonly partition: number;
  /** Where the group goes on, and what was committed with it. */
  readonly begin: PartitionProgress;
  readonly producer: CommitsTransactions;
  readonly queue: PartitionQueue;
}

/**
 * One partition from its take-over to its loss, its failure or the end: what was fetched waits here for the work, and what the
 * work commits goes through here, one transaction after the other. Nothing is taken up again after a failed commit: the next
 * session begins at what the group has committed, whatever became of it.
 */
export class PartitionSession implements PartitionInput {
  readonly topic: string;
  readonly partition: number;
  readonly metadata: string;
  readonly #producer: CommitsTransactions;
  readonly #queue: PartitionQueue;
  readonly #ended = new AbortController();
  #isTaking = true;
  #failure: Error | null = null;
  /** The next offset to be fetched. */
  #position: bigint;
  /** After the last message that was fetched: between it and the position there are none. */
  #messagesEnd: bigint;
  #committed: PartitionProgress;
  /** What the work has committed, which may be less. */
  #workOffset: bigint;
  #commits = 0;
  #commitsPending = 0;
  #lastCommit: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor({ topic, partition, begin, producer, queue }: SessionOptions) {
    this.topic = topic;
    this.partition = partition;
    this.metadata = begin.metadata;
    this.#producer = producer;
    this.#queue = queue;
    this.#position = begin.nextOffset;
    this.#messagesEnd = begin.nextOffset;
    this.#committed = begin;
    this.#workOffset = begin.nextOffset;
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The next offset to be fetched. */
  get position(): bigint {
    return this.#position;
  }

  get committed(): PartitionProgress {
    return this.#committed;
  }

  /** Transactions that went well. */
  get commits(): number {
    return this.#commits;
  }

  /** Throws what ended the session, other than the loss of its partition. */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /**
   * Takes in what was fetched, less what was there already.
   *
   * @returns false if the fetch began beyond the position, so that something in between would be missed
   */
  receive({ fetchedOffset, messages, nextOffset }: FetchedBatch): boolean {
    if (!this.#isTaking) return true;
    if (fetchedOffset > this.#position) return false;
    const fresh = messages.filter(({ offset }) => offset >= this.#position);
    this.passTo(nextOffset);
    const last = fresh.at(-1);
    if (last === undefined) return true;
    this.#messagesEnd = last.offset + 1n;
    this.#queue.push(fresh);
    this.#wake();
    return true;
  }

  /** Goes on at an offset up to which there is nothing to read. */
  passTo(nextOffset: bigint): void {
    if (nextOffset > this.#position) this.#position = nextOffset;
  }

  async take(limits: {
    readonly messagesMax: number;
    readonly bytesMax: number;
  }): Promise<readonly TopicMessage[]> {
    while (this.#isTaking && this.#queue.length === 0) await this.#woken();
    return this.#isTaking ? this.#queue.take(limits) : [];
  }

  commit(records: readonly OutRecord[], progress: PartitionProgress): Promise<void> {
    return this.#inOrder(() => this.#commitNow(records, progress));
  }

  /**
   * Commits the position where all messages are done and only records that are not messages, such as the markers of
   * transactions, came after them: or the group would seem to lag for ever.
   */
  async commitIdle(): Promise<void> {
    if (!this.#isIdle()) return;
    const { metadata } = this.#committed;
    await this.#inOrder(() => this.#commitNow([], { nextOffset: this.#workOffset, metadata }));
  }

  /** Gives the work nothing more; what it has taken it may still commit. */
  drain(): void {
    this.#isTaking = false;
    this.#queue.clear();
    this.#wake();
  }

  /** The partition is given up: what is in a transaction ends by itself, or is fenced. */
  end(): void {
    this.drain();
    this.#ended.abort(this.#lost('it is given up'));
  }

  /** Ends with what has gone wrong first. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
    this.end();
  }

  #isIdle(): boolean {
    const { nextOffset } = this.#committed;
    const isDone = this.#commitsPending === 0 && nextOffset >= this.#messagesEnd;
    return this.#isTaking && isDone && this.#position > nextOffset;
  }

  #inOrder(run: () => Promise<void>): Promise<void> {
    this.#commitsPending++;
    const done = this.#lastCommit.then(run).finally(() => {
      this.#commitsPending--;
    });
    // Its outcome is the caller's; the next one finds a failure in `#failure`.
    this.#lastCommit = done.catch(() => undefined);
    return done;
  }

  async #commitNow(records: readonly OutRecord[], work: PartitionProgress): Promise<void> {
    if (this.#ended.signal.aborted) throw this.#lost('it is given up');
    try {
      this.#check(work);
      // Beyond the last message there is nothing to be done up to the position.
      const reached = work.nextOffset < this.#messagesEnd ? work.nextOffset : this.#position;
      const { nextOffset } = this.#committed;
      const progress = { nextOffset: reached > nextOffset ? reached : nextOffset, metadata: work.metadata };
      const { topic, partition } = this;
      await this.#producer.commit(records, [{ topic, partition, ...progress }]);
      this.#committed = progress;
      this.#workOffset = work.nextOffset;
      this.#commits++;
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  #check({ nextOffset, metadata }: PartitionProgress): void {
    if (nextOffset < this.#workOffset || nextOffset > this.#position)
      throw new RangeError(
        `Cannot commit an offset as it must be from ${this.#workOffset} to ${this.#position}, ` +
          `the last one committed and the next one to be read: current value is ${nextOffset}`,
      );
    const metadataBytes = Buffer.byteLength(metadata);
    if (metadataBytes > METADATA_BYTES_MAX)
      throw new RangeError(
        `Cannot commit metadata as it must be at most ${METADATA_BYTES_MAX} bytes: current value is ${metadataBytes}`,
      );
  }

  #lost(why: string): PipelineError {
    const { topic, partition } = this;
    return new PipelineError(
      'PARTITION_LOST',
      `Cannot go on with partition ${partition} of topic "${topic}" as ${why}`,
      {
        details: { topic, partition },
      },
    );
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const others = this.#wake;
      this.#wake = () => {
        this.#wake = () => undefined;
        others();
        resolve();
      };
    });
  }
}
