import { systemClock } from '../../core/index.ts';

/** How long something is measured for. */
export interface Duration {
  /** Runs at least once, and for as long, uncounted. */
  readonly warmUpMs: number;
  /** Runs at least once, and for as long, counted. */
  readonly countedMs: number;
}

/**
 * Time of one call, milliseconds: the mean over the counted calls.
 *
 * @param work given the number of its call, from 0
 */
export async function meanCallMs(
  work: (call: number) => unknown,
  { warmUpMs, countedMs }: Duration,
): Promise<number> {
  let call = 0;
  const runFor = async (durationMs: number): Promise<number> => {
    const startMs = systemClock.monotonicMs();
    const first = call;
    do await work(call++);
    while (systemClock.monotonicMs() - startMs < durationMs);
    return (systemClock.monotonicMs() - startMs) / (call - first);
  };
  await runFor(warmUpMs);
  return runFor(countedMs);
}

/** So many items of a list from a position on, going round. */
export function takeFrom<T>(items: readonly T[], start: number, count: number): T[] {
  return Array.from({ length: count }, (_, i) => items[(start + i) % items.length] as T);
}
