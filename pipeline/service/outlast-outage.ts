import type { Clock, Config, Result } from '../../core/index.ts';

/** Between two attempts to read while the registry does not answer, ms. */
const PAUSE_MS = 500;

/**
 * Reads again while the schema registry does not answer, for `service.registryOutageMs` at most: a short outage shall not
 * make dead letters of a night.
 *
 * @param reading.results of what was read, to see whether an outage spoilt it
 * @returns what was read last; `null` if the signal ended the wait
 */
export async function outlastOutage<T>(
  reading: { readonly read: () => Promise<T>; readonly results: (value: T) => readonly Result<unknown>[] },
  parts: {
    readonly config: Pick<Config, 'service'>;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<T | null> {
  const { config, clock, signal } = parts;
  const untilMs = clock.monotonicMs() + config.service.registryOutageMs;
  for (;;) {
    const value = await reading.read();
    const isSpoilt = reading
      .results(value)
      .some((result) => !result.ok && result.rejection.code === 'REGISTRY_UNREACHABLE');
    if (!isSpoilt || clock.monotonicMs() >= untilMs) return value;
    await clock.sleep(PAUSE_MS, signal).catch(() => undefined);
    if (signal.aborted) return null;
  }
}
