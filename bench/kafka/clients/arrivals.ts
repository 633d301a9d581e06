import type { Clock } from '../../../core/index.ts';

export interface ArrivalFigures {
  readonly messagesPerSecond: number;
  /** CPU time of the whole process per message. */
  readonly cpuMsPerMessage: number;
}

/** Share of the messages that are not counted: joining the group, the first fetches and cold code are before it. */
const WARM_UP_RATIO = 0.1;

/** Rate and cost of messages that come in batches of any size, from the batch with the tenth part on to the last. */
export class Arrivals {
  readonly #expected: number;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #cpuMs: () => number;
  #total = 0;
  #first: { readonly total: number; readonly atMs: number; readonly cpuMs: number } | null = null;
  #last: { readonly atMs: number; readonly cpuMs: number } | null = null;

  constructor(
    expected: number,
    parts: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly cpuMs: () => number },
  ) {
    this.#expected = expected;
    this.#clock = parts.clock;
    this.#cpuMs = parts.cpuMs;
  }

  /** @returns true when all that were expected have come */
  add(messages: number): boolean {
    this.#total += messages;
    if (this.#total >= WARM_UP_RATIO * this.#expected) this.#first ??= { total: this.#total, ...this.#now() };
    const isComplete = this.#total >= this.#expected;
    if (isComplete) this.#last ??= this.#now();
    return isComplete;
  }

  /** NaN where everything came at once. */
  figures(): ArrivalFigures {
    if (this.#first === null || this.#last === null || this.#total === this.#first.total)
      return { messagesPerSecond: NaN, cpuMsPerMessage: NaN };
    const counted = this.#total - this.#first.total;
    return {
      messagesPerSecond: (1000 * counted) / (this.#last.atMs - this.#first.atMs),
      cpuMsPerMessage: (this.#last.cpuMs - this.#first.cpuMs) / counted,
    };
  }

  #now(): { readonly atMs: number; readonly cpuMs: number } {
    return { atMs: this.#clock.monotonicMs(), cpuMs: this.#cpuMs() };
  }
}
