import type { Random } from '../../../core/index.ts';
import { curveOfPoints, pointsOf } from './curve-row.ts';
import type { CurveChannels, CurveRow } from './curve-row.ts';

/**
 * A random run of a light curve's points, one after the other: its length is drawn evenly from the least share of the
 * points, at least one, to all of them, and then its place. Times stay as they are, so that a cropped curve does not span
 * what a whole one does.
 *
 * @param options.keptRatioMin in (0, 1]
 * @source the crop of longer curves in Rizhko & Bloom 2024, arXiv:2411.08842, which also follows the scaling of time
 */
export function cropCurve(
  curve: CurveRow,
  { keptRatioMin, ...channels }: CurveChannels & { readonly keptRatioMin: number },
  random: Random,
): CurveRow {
  const points = pointsOf(curve);
  const least = Math.max(1, Math.ceil(points.length * keptRatioMin));
  if (least >= points.length) return curve;
  const count = least + random.below(points.length - least + 1);
  const first = random.below(points.length - count + 1);
  return curveOfPoints(curve, points.slice(first, first + count), channels);
}
