import type { PhotometryContext } from '../photometry-context.ts';

/** When the object was brightest. */
export interface TransientTimes {
  /** From the first point of at least `DETECTION_SIGMAS` to the brightest one in S/N, days. */
  readonly riseDays: number;
  /** From the brightest point to the newest, days. */
  readonly sincePeakDays: number;
  readonly peakSnr: number;
}

/** Least S/N of a point that counts as seen. */
const DETECTION_SIGMAS = 5;

/**
 * The brightest point in S/N, and when it was.
 *
 * @returns `null` where no point was seen
 * @complexity O(n)
 */
export function transientTimes({ measured, originMjdTai }: PhotometryContext): TransientTimes | null {
  let first = -1;
  let peak = -1;
  const snr = measured.fluxNjy.map((flux, i) => flux / measured.fluxErrNjy[i]!);
  for (let i = 0; i < snr.length; i++) {
    if (snr[i]! < DETECTION_SIGMAS) continue;
    if (first < 0) first = i;
    if (peak < 0 || snr[i]! > snr[peak]!) peak = i;
  }
  if (peak < 0) return null;
  return {
    riseDays: measured.mjdTai[peak]! - measured.mjdTai[first]!,
    sincePeakDays: originMjdTai - measured.mjdTai[peak]!,
    peakSnr: snr[peak]!,
  };
}
