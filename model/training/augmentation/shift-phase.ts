import type { Random } from '../../../core/index.ts';
import type { CurveRow } from './curve-row.ts';

/**
 * A folded light curve with its phases counted from a random origin: sin kφ and cos kφ of every point become those of
 * k(φ + δ), δ evenly drawn from a cycle. A curve without a period has zeros there, and keeps them.
 *
 * @param options.phases channels of sin kφ for k = 1, 2, …, each followed by cos kφ
 */
export function shiftPhase(
  { values, mask }: CurveRow,
  { channels, phases }: { readonly channels: number; readonly phases: readonly number[] },
  random: Random,
): CurveRow {
  const shift = 2 * Math.PI * random.uniform();
  const shifted = values.slice();
  phases.forEach((channel, index) => {
    const [sin, cos] = [Math.sin((index + 1) * shift), Math.cos((index + 1) * shift)];
    for (let at = channel; at < values.length; at += channels) {
      const [sinPhase, cosPhase] = [values[at]!, values[at + 1]!];
      shifted[at] = sinPhase * cos + cosPhase * sin;
      shifted[at + 1] = cosPhase * cos - sinPhase * sin;
    }
  });
  return { values: shifted, mask };
}
