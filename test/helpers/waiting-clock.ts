import type { Clock } from '../../core/index.ts';

interface Sleeper {
  readonly durationMs: number;
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is told to go on; who sleeps waits for that. */
export class WaitingClock implements Clock {
  #ms = 0;
  readonly #sleepers = new Set<Sleeper>();

  nowMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  /** For how long those sleep who do, ms. */
  get sleepsMs(): readonly number[] {
    return [...this.#sleepers].map(({ durationMs }) => durationMs);
  }

  advance(durationMs: number): void {
    this.#ms += durationMs;
    for (const sleeper of this.#sleepers)
      if (sleeper.untilMs <= this.#ms) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const sleeper = { durationMs, untilMs: this.#ms + durationMs, wake: resolve };
      this.#sleepers.add(sleeper);
      const leave = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('Aborted'));
      };
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
