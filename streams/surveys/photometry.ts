import { abMag, njy, njyFromAbMag } from '../../core/index.ts';
import type { Njy } from '../../core/index.ts';

/** Magnitudes outside are placeholders (−999, −99, 99, 999), not brightness: from the Sun's to far below any survey's. */
const MAG_MIN = -30;
const MAG_MAX = 50;
/** Surveys give limits at five times the noise. */
const LIMIT_SNR = 5;

/** Flux of an AB magnitude, nJy; NaN for a missing magnitude or a placeholder. */
export function njyFromPackedMag(mag: number): Njy {
  return mag >= MAG_MIN && mag <= MAG_MAX ? njyFromAbMag(abMag(mag)) : njy(Number.NaN);
}

/** 1σ noise of a 5σ limiting AB magnitude, nJy; NaN for a missing one. */
export function noiseNjyFromLimitMag(limitMag: number): number {
  return njyFromPackedMag(limitMag) / LIMIT_SNR;
}

/** Factor from fluxes with an AB zero point to nJy; NaN for a missing zero point or a placeholder. */
export function njyPerUnit(zeroPointMag: number): number {
  return njyFromPackedMag(zeroPointMag);
}
