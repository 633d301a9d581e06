/** As a checkpoint holds it: every number up to one, and single ones beyond it, ascending. */
export interface NumbersDoneReport {
  readonly upTo: number;
  readonly beyond: readonly number[];
}

/**
 * Which of the numbers from 1 are done. They need not be done in order: a folder may gain files between two calls, and
 * those have the higher numbers wherever they come. Small while the gaps are few.
 */
export class NumbersDone {
  #upTo: number;
  readonly #beyond: Set<number>;

  constructor({ upTo, beyond }: NumbersDoneReport) {
    this.#upTo = upTo;
    this.#beyond = new Set(beyond);
  }

  has(number: number): boolean {
    return number <= this.#upTo || this.#beyond.has(number);
  }

  add(number: number): void {
    if (!this.has(number)) this.#beyond.add(number);
    while (this.#beyond.delete(this.#upTo + 1)) this.#upTo++;
  }

  /** Counts every number below the highest as done: those that did not come again are gone. */
  closeGaps(): void {
    for (const number of this.#beyond) this.#upTo = Math.max(this.#upTo, number);
    this.#beyond.clear();
  }

  report(): NumbersDoneReport {
    return { upTo: this.#upTo, beyond: [...this.#beyond].sort((a, b) => a - b) };
  }
}
