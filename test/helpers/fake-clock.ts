import type { Clock } from '../../core/index.ts';

/** A clock that stands still until it is told to go on; sleeping moves it. */
export class FakeClock implements Clock {
  #ms: number;

  constructor(startMs = 0) {
    this.#ms = startMs;
  }

  nowMs(): number {
    return this.#ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  advance(durationMs: number): void {
    this.#ms += durationMs;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#ms += durationMs;
    return Promise.resolve();
  }
}
