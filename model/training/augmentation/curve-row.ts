/** A light curve as one row of a batch. */
export interface CurveRow {
  /** [length, channels] */
  readonly values: Float32Array<ArrayBuffer>;
  /** [length], 1 a point, 0 padding. */
  readonly mask: Float32Array<ArrayBuffer>;
}

/**
 * What the channels of a light curve are. The first ones belong to its points; the rest are the object's, the same at
 * every step, padding included.
 */
export interface CurveChannels {
  readonly channels: number;
  /** How many of them, from the first, belong to points. */
  readonly ofPoints: number;
}

/** The steps that hold a point, in order. */
export function pointsOf({ mask }: CurveRow): readonly number[] {
  const points: number[] = [];
  for (let step = 0; step < mask.length; step++) if (mask[step]! > 0) points.push(step);
  return points;
}

/**
 * A light curve of some points of another, moved to the front; behind them the channels of points are 0, as padding is.
 *
 * @param points steps of the curve, each at most once
 */
export function curveOfPoints(
  { values, mask }: CurveRow,
  points: readonly number[],
  { channels, ofPoints }: CurveChannels,
): CurveRow {
  const chosen = values.slice();
  const chosenMask = new Float32Array(mask.length);
  for (let step = 0; step < mask.length; step++) {
    const from = points[step];
    const start = step * channels;
    if (from === undefined) {
      chosen.fill(0, start, start + ofPoints);
      continue;
    }
    chosen.set(values.subarray(from * channels, from * channels + ofPoints), start);
    chosenMask[step] = 1;
  }
  return { values: chosen, mask: chosenMask };
}
