import type { FrequencyGrid } from './periodogram.ts';

/**
 * The highest local maxima of a periodogram, the highest first.
 *
 * @param count      at most so many
 * @param separation of two peaks closer than so many steps the higher one counts
 * @returns their indices
 * @complexity O(n) for few peaks
 */
export function highestPeaks(power: Float64Array, count: number, separation: number): readonly number[] {
  const peaks: number[] = [];
  let least = 0;
  for (let i = 0; i < power.length; i++) {
    const value = power[i]!;
    if (value <= least || value < (power[i - 1] ?? 0) || value <= (power[i + 1] ?? 0)) continue;
    insert(peaks, i, { power, count, separation });
    if (peaks.length === count) least = power[peaks.at(-1)!]!;
  }
  return peaks;
}

/** Puts a peak at its place, in the place of lower ones that are near; peaks come in order of index. */
function insert(
  peaks: number[],
  index: number,
  {
    power,
    count,
    separation,
  }: { readonly power: Float64Array; readonly count: number; readonly separation: number },
): void {
  const near = peaks.findIndex((other) => index - other < separation);
  if (near >= 0) {
    if (power[peaks[near]!]! >= power[index]!) return;
    peaks.splice(near, 1);
  }
  let place = peaks.length;
  while (place > 0 && power[peaks[place - 1]!]! < power[index]!) place--;
  peaks.splice(place, 0, index);
  if (peaks.length > count) peaks.pop();
}

/**
 * Sums of the power at a frequency and its harmonics up to an order: near what a harmonic series explains. Of each harmonic
 * the highest power within its grid's uncertainty counts.
 *
 * @returns as many as have all harmonics within the grid
 * @complexity O(n)
 * @source harmonic summing as in searches for pulsars: Taylor & Huguenin 1969, doi:10.1038/221816a0
 */
export function harmonicSums(power: Float64Array, grid: FrequencyGrid, orders: number): Float64Array {
  // The grid's first frequency in steps: harmonic k of index i stands at k · (i + first) − first.
  const first = grid.firstPerDay / grid.stepPerDay;
  const count = Math.max(0, Math.floor((grid.count - 1 - orders / 2 + first) / orders - first) + 1);
  const sums = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = power[i]!;
    for (let k = 2; k <= orders; k++) {
      const place = Math.round(k * (i + first) - first);
      const reach = k >> 1;
      let highest = 0;
      for (let j = place - reach; j <= place + reach; j++) highest = Math.max(highest, power[j] ?? 0);
      sum += highest;
    }
    sums[i] = sum;
  }
  return sums;
}
