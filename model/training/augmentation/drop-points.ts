import type { Random } from '../../../core/index.ts';
import { curveOfPoints, pointsOf } from './curve-row.ts';
import type { CurveChannels, CurveRow } from './curve-row.ts';

/**
 * A light curve without some of its points, each left out with the same probability; where all would go, one stays, each
 * equally likely.
 *
 * @param options.droppedRatio in [0, 1)
 */
export function dropPoints(
  curve: CurveRow,
  { droppedRatio, ...channels }: CurveChannels & { readonly droppedRatio: number },
  random: Random,
): CurveRow {
  const points = pointsOf(curve);
  if (points.length === 0) return curve;
  const kept = points.filter(() => random.uniform() >= droppedRatio);
  if (kept.length === points.length) return curve;
  return curveOfPoints(curve, kept.length === 0 ? [random.pick(points)] : kept, channels);
}
