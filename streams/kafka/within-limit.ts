import type { Clock } from '../../core/index.ts';

export interface LimitedTask<T> {
  readonly clock: Clock;
  readonly limitMs: number;
  /** What the promise is rejected with after the limit. */
  readonly late: () => Error;
  readonly run: () => Promise<T>;
}

/** The outcome of a task, or a rejection after the limit: what the task does after that is its own affair. */
export async function withinLimit<T>({ clock, limitMs, late, run }: LimitedTask<T>): Promise<T> {
  const timer = new AbortController();
  const limit = clock.sleep(limitMs, timer.signal).then(
    () => {
      throw late();
    },
    () => new Promise<never>(() => undefined),
  );
  try {
    return await Promise.race([run(), limit]);
  } finally {
    timer.abort();
  }
}
