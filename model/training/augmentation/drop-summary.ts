import type { Random } from '../../../core/index.ts';
import type { AugmentationConfig } from './config.ts';

/**
 * What sums a light curve up, with some of it left out: all of it with one probability, else each value with another. A
 * value that is left out is 0, as is its flag.
 *
 * @param summary [2 · width] values, then a flag for each
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
  const width = summary.length / 2;
  const kept = summary.slice();
  for (let i = 0; i < width; i++) {
    if (random.uniform() >= droppedSummaryRatio) continue;
    kept[i] = 0;
    kept[width + i] = 0;
  }
  return kept;
}
