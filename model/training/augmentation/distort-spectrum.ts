import type { Random } from '../../../core/index.ts';
import type { AugmentationConfig } from './config.ts';

type Distortion = Pick<AugmentationConfig, 'spectraAddedNoise' | 'spectraTilt' | 'spectraHiddenRatioMax'> & {
  readonly samples: number;
  readonly flux: number;
  readonly err: number;
  /** Channel that is 1 where the spectrum is known; `null` where all of it is. */
  readonly covered: number | null;
};

/**
 * A spectrum as another night, spectrograph or sight line might have given it: white noise, a line and a parabola over the
 * grid, each of random size, added to its flux where it is known; then one piece of it hidden.
 *
 * @param row [channels × samples]
 */
export function distortSpectrum(
  row: Float32Array<ArrayBuffer>,
  { spectraAddedNoise, spectraTilt, spectraHiddenRatioMax, samples, flux, err, covered }: Distortion,
  random: Random,
): Float32Array<ArrayBuffer> {
  const distorted = row.slice();
  const slope = spectraTilt * random.normal();
  const bend = spectraTilt * random.normal();
  for (let i = 0; i < samples; i++) {
    if (covered !== null && row[covered * samples + i] === 0) continue;
    const place = (2 * i) / Math.max(1, samples - 1) - 1;
    const noise = spectraAddedNoise > 0 ? spectraAddedNoise * random.normal() : 0;
    distorted[flux * samples + i]! += noise + slope * place + bend * (place * place - 1 / 3);
  }
  const hidden = Math.floor(samples * spectraHiddenRatioMax * random.uniform());
  const first = random.below(samples - hidden + 1);
  if (covered === null || hidden === 0) return distorted;
  const known = distorted.subarray(covered * samples, (covered + 1) * samples);
  const isLeft = known.some((value, i) => value === 1 && (i < first || i >= first + hidden));
  if (!isLeft) return distorted;
  for (const channel of [flux, err, covered])
    distorted.fill(0, channel * samples + first, channel * samples + first + hidden);
  return distorted;
}
