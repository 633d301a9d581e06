import type { TopicMessage } from './partition-input.ts';

export interface QueueLimits {
  /** Messages of one partition waiting; from there on it is paused. */
  readonly queuePacketsMax: number;
  /** Bytes that the waiting messages of all partitions keep in memory; from there on they are paused. */
  readonly queueBytesMax: number;
}

/**
 * What waits between the fetches and the work on partitions. A partition whose queue is full is paused, and goes on when half of
 * it is taken; when the bytes of all partitions reach their limit, those that have something waiting are paused. So a
 * partition whose queue is empty always gets its next batch, whatever the others keep.
 */
export class QueueBudget {
  readonly #limits: QueueLimits;
  readonly #queues = new Set<PartitionQueue>();
  /** Messages are views of the answers that brought them: an answer stays in memory until its last message is taken. */
  readonly #held = new Map<ArrayBufferLike, number>();
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Bytes kept in memory by the messages waiting in all partitions. */
  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return [...this.#queues].reduce((sum, queue) => sum + queue.length, 0);
  }

  get paused(): number {
    return [...this.#queues].filter(({ isPaused }) => isPaused).length;
  }

  /** @param onPaused is called with each change */
  open(onPaused: (isPaused: boolean) => void): PartitionQueue {
    const queue: PartitionQueue = new PartitionQueue(onPaused, {
      added: (messages) => {
        for (const message of messages) this.#hold(message);
        if (this.#bytes >= this.#limits.queueBytesMax) this.#reviewAll();
        else this.#review(queue);
      },
      removed: (messages) => {
        for (const message of messages) this.#release(message);
        if (this.#bytes * 2 <= this.#limits.queueBytesMax) this.#reviewAll();
        else this.#review(queue);
      },
      closed: () => this.#queues.delete(queue),
    });
    this.#queues.add(queue);
    return queue;
  }

  #hold({ value, key }: TopicMessage): void {
    const memory = (value ?? key)?.buffer;
    if (memory === undefined) return;
    const views = this.#held.get(memory) ?? 0;
    if (views === 0) this.#bytes += memory.byteLength;
    this.#held.set(memory, views + 1);
  }

  #release({ value, key }: TopicMessage): void {
    const memory = (value ?? key)?.buffer;
    if (memory === undefined) return;
    const views = this.#held.get(memory) ?? 0;
    if (views > 1) this.#held.set(memory, views - 1);
    else {
      this.#held.delete(memory);
      this.#bytes -= memory.byteLength;
    }
  }

  #reviewAll(): void {
    for (const queue of this.#queues) this.#review(queue);
  }

  #review(queue: PartitionQueue): void {
    const { queuePacketsMax, queueBytesMax } = this.#limits;
    if (queue.length === 0) queue.setPaused(false);
    else if (queue.length >= queuePacketsMax || this.#bytes >= queueBytesMax) queue.setPaused(true);
    else if (queue.length * 2 <= queuePacketsMax && this.#bytes * 2 <= queueBytesMax) queue.setPaused(false);
  }
}

interface QueueWatch {
  readonly added: (messages: readonly TopicMessage[]) => void;
  readonly removed: (messages: readonly TopicMessage[]) => void;
  readonly closed: () => void;
}

/** Messages of one partition that wait for the work on it, in order. */
export class PartitionQueue {
  readonly #onPaused: (isPaused: boolean) => void;
  readonly #watch: QueueWatch;
  #messages: TopicMessage[] = [];
  #isPaused = false;

  constructor(onPaused: (isPaused: boolean) => void, watch: QueueWatch) {
    this.#onPaused = onPaused;
    this.#watch = watch;
  }

  get length(): number {
    return this.#messages.length;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  setPaused(isPaused: boolean): void {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    this.#onPaused(isPaused);
  }

  push(messages: readonly TopicMessage[]): void {
    // One by one: a call takes no more arguments than its stack holds, which a batch of small messages can exceed.
    for (const message of messages) this.#messages.push(message);
    this.#watch.added(messages);
  }

  /**
   * The first messages, up to the limits, and at least one.
   *
   * @param limits.bytesMax of values; the message that reaches it is the last
   * @returns none where nothing waits
   */
  take(limits: { readonly messagesMax: number; readonly bytesMax: number }): TopicMessage[] {
    const fitting = Math.max(1, limits.messagesMax);
    let [count, bytes] = [0, 0];
    for (const { value } of this.#messages) {
      if (count === fitting || bytes >= limits.bytesMax) break;
      bytes += value?.length ?? 0;
      count++;
    }
    const taken = this.#messages.splice(0, count);
    this.#watch.removed(taken);
    return taken;
  }

  /** Drops what waits. */
  clear(): void {
    const dropped = this.#messages;
    this.#messages = [];
    this.#watch.removed(dropped);
  }

  /** Drops what waits, for good. */
  close(): void {
    this.clear();
    this.#watch.closed();
  }
}
