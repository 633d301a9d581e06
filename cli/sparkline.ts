import type { Point } from '../core/index.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * A light curve as one line of text: the mean flux of detections and forced photometry in equal steps of time, lowest to
 * highest, in the band that has most of them (bands differ in level); a step without measurements is blank.
 *
 * @param points any order; upper limits are left out
 * @param width  characters
 */
export function sparkline(points: readonly Point[], width: number): string {
  const measured = pointsOfMainBand(points.filter((point) => point.kind !== 'upperLimit'));
  const first = measured.reduce((low, { mjdTai }) => Math.min(low, mjdTai), Infinity);
  const last = measured.reduce((high, { mjdTai }) => Math.max(high, mjdTai), -Infinity);
  const sums = new Float64Array(width);
  const counts = new Uint32Array(width);
  for (const { mjdTai, fluxNjy } of measured) {
    const fraction = last > first ? (mjdTai - first) / (last - first) : 0;
    const step = Math.min(width - 1, Math.floor(fraction * width));
    sums[step] = (sums[step] ?? 0) + fluxNjy;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  const means = Array.from(sums, (sum, i) => ((counts[i] ?? 0) > 0 ? sum / (counts[i] ?? 1) : null));
  const known = means.filter((mean) => mean !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return means.map((mean) => barOf(mean, low, high)).join('');
}

function pointsOfMainBand(points: readonly Point[]): readonly Point[] {
  const byBand = new Map<string, Point[]>();
  for (const point of points) {
    const known = byBand.get(point.band);
    if (known === undefined) byBand.set(point.band, [point]);
    else known.push(point);
  }
  const bands = [...byBand.values()].sort((a, b) => b.length - a.length);
  return bands[0] ?? [];
}

function barOf(mean: number | null, low: number, high: number): string {
  if (mean === null) return ' ';
  const level = high > low ? (mean - low) / (high - low) : 0.5;
  return BARS[Math.min(BARS.length - 1, Math.floor(level * BARS.length))] ?? ' ';
}
