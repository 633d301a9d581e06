import type { Random } from '../../../core/index.ts';
import { encodedWidth, QUANTILE_RAMPS } from '../../quantile-encoding.ts';
import type { AugmentationConfig } from './config.ts';

/**
 * What sums a light curve up, with some of it left out: all of it with one probability, else each value with another. A
 * value that is left out has no ramps and no flag.
 *
 * @param summary [encodedWidth(width)] as `quantileEncoded` gives it
 */
export function dropSummary(
  summary: Float32Array<ArrayBuffer>,
  {
    hiddenSummaryRatio,
    droppedSummaryRatio,
  }: Pick<AugmentationConfig, 'hiddenSummaryRatio' | 'droppedSummaryRatio'>,
  random: Random,
): Float32Array<ArrayBuffer> {
  if (random.uniform() < hiddenSummaryRatio) return new Float32Array(summary.length);
  const width = summary.length / encodedWidth(1);
  const kept = summary.slice();
  for (let i = 0; i < width; i++) {
    if (random.uniform() >= droppedSummaryRatio) continue;
    kept.fill(0, i * QUANTILE_RAMPS, (i + 1) * QUANTILE_RAMPS);
    kept[width * QUANTILE_RAMPS + i] = 0;
  }
  return kept;
}
