/** An axis from data to a picture. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly isLogarithmic: boolean;
}

/** Beyond this ratio of largest to smallest a logarithmic axis shows more. */
const LOGARITHMIC_RATIO = 20;

/** An axis that holds all values; logarithmic where they are positive and differ much. */
export function axisFor(values: readonly number[]): Axis {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (!Number.isFinite(low)) return { low: 0, high: 1, isLogarithmic: false };
  if (low > 0 && high / low > LOGARITHMIC_RATIO) return { low, high, isLogarithmic: true };
  const margin = (high - low || Math.abs(high) || 1) * 0.05;
  return { low: low - margin, high: high + margin, isLogarithmic: false };
}

/** Where a value lies on an axis: 0 at its low end, 1 at its high end. */
export function positionOn({ low, high, isLogarithmic }: Axis, value: number): number {
  if (high === low) return 0.5;
  if (isLogarithmic) return Math.log(value / low) / Math.log(high / low);
  return (value - low) / (high - low);
}

/**
 * Round numbers on an axis: 1, 2 or 5 times a power of ten, about `count` of them.
 *
 * @example ticksOf({ low: 0, high: 9, isLogarithmic: false }, 5) // [0, 2, 4, 6, 8]
 */
export function ticksOf({ low, high, isLogarithmic }: Axis, count: number): readonly number[] {
  return isLogarithmic ? logarithmicTicks(low, high, count) : linearTicks(low, high, count);
}

function linearTicks(low: number, high: number, count: number): readonly number[] {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  // A multiple is 0.30000000000000004 where 0.3 is meant.
  const tick = (i: number): number => Number((i * step).toPrecision(12));
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); tick(i) <= high; i++) ticks.push(tick(i));
  return ticks;
}

function logarithmicTicks(low: number, high: number, count: number): readonly number[] {
  const all = (factors: readonly number[]): number[] => {
    const ticks: number[] = [];
    for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
      ticks.push(...factors.map((factor) => Number((factor * 10 ** power).toPrecision(12))));
    return ticks.filter((tick) => tick >= low && tick <= high);
  };
  const fine = all([1, 2, 5]);
  if (fine.length <= count + 1) return fine;
  const powers = all([1]);
  const stride = Math.ceil(powers.length / count);
  return powers.filter((_, i) => i % stride === 0);
}
