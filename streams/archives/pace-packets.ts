import type { Clock } from '../../core/index.ts';
import type { DecodedPacket } from '../packet.ts';

/** As fast as it goes, as fast as it happened, or that many times as fast. */
export type ReplaySpeed = 'max' | 'real' | number;

const MS_PER_DAY = 86_400_000;
/** Longer waits are cut into these: a timer takes at most 2^31 ms. */
const SLEEP_MS_MAX = 3_600_000;

/**
 * Holds each packet until its time has come: as long after the first one as its alert is later than the
 * first, divided by the speed. Rejections, and packets that are behind, go at once.
 *
 * @throws RangeError if the speed is not positive; the signal's reason when it aborts
 */
export async function* pacePackets(
  packets: AsyncIterable<DecodedPacket>,
  options: { readonly speed: ReplaySpeed; readonly clock: Clock; readonly signal?: AbortSignal },
): AsyncGenerator<DecodedPacket, void> {
  const { speed, clock, signal } = options;
  if (speed === 'max') {
    yield* packets;
    return;
  }
  const factor = speed === 'real' ? 1 : speed;
  if (!(factor > 0))
    throw new RangeError(`Cannot replay at a speed as it must be positive: current value is ${factor}`);
  let start: { readonly mjdTai: number; readonly ms: number } | null = null;
  for await (const packet of packets) {
    if (packet.result.ok) {
      const { mjdTai } = packet.result.value;
      start ??= { mjdTai, ms: clock.monotonicMs() };
      const dueMs = start.ms + ((mjdTai - start.mjdTai) * MS_PER_DAY) / factor;
      await sleepUntil(dueMs, clock, signal);
    }
    yield packet;
  }
}

async function sleepUntil(dueMs: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  for (let left = dueMs - clock.monotonicMs(); left > 0; left = dueMs - clock.monotonicMs()) {
    await clock.sleep(Math.min(left, SLEEP_MS_MAX), signal);
  }
}
