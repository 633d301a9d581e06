import type { CentredSeries } from './banded-series.ts';
import { HarmonicFit } from './harmonic-fit.ts';
import { residuals, type FoundPeriods } from './period-search.ts';
import { withFlux } from './banded-series.ts';

/** What a light curve looks like at its periods; computed on all points, whatever the search used. */
export interface PeriodAnalysis {
  readonly periodDays: number;
  readonly frequencyPerDay: number;
  /** Share of the variance about the band means that one shared sinusoid explains, 0 to 1. */
  readonly power: number;
  /** The same at twice and half the period, and at the frequencies one cycle a day above and below. */
  readonly powerDouble: number;
  readonly powerHalf: number;
  readonly powerDayAbove: number;
  readonly powerDayBelow: number;
  readonly second: {
    readonly frequencyPerDay: number;
    /** Share of the residuals' variance that a sinusoid explains. */
    readonly power: number;
  } | null;
  /** Share of the variance that four harmonics at the period leave and odd ones at twice the period explain. */
  readonly oddShare: number;
  /** Difference in depth of the two minima at twice the period, as a share of the amplitude; 0 to 1. */
  readonly minimaDifference: number;
  /** Depth of the second minimum at the period as a share of the first's, 0 (none) to 1; phase of it from the first, cycles. */
  readonly secondMinimum: { readonly depth: number; readonly phase: number };
  /** Share of a cycle that the series spends above the middle of its range. */
  readonly brightShare: number;
  /** Mean squared difference of neighbours in phase over twice the variance, at the period and at twice the period. */
  readonly foldedScatter: number;
  readonly foldedScatterDouble: number;
}

const RIDGE = 1e-3;
const DOUBLED = [2, 4, 6, 8, 1, 3] as const;
const SERIES = [1, 2, 3, 4] as const;
/** Phases at which a series is looked at. */
const PHASES = 128;
/** Sidereal days would differ by less than the peaks' width in most surveys. */
const ALIAS_PER_DAY = 1;

/**
 * Looks at a series at its periods.
 *
 * @param series with variance
 * @complexity O(n log n)
 */
export function analysePeriods(series: CentredSeries, found: FoundPeriods): PeriodAnalysis {
  const { frequencyPerDay: f, secondFrequencyPerDay } = found;
  const fit = new HarmonicFit(series, 8);
  const power = (frequencyPerDay: number): number =>
    frequencyPerDay > 0 ? fit.explained(frequencyPerDay, [1])[0]! : 0;
  const powers = {
    power: power(f),
    powerDouble: power(f / 2),
    powerHalf: power(2 * f),
    powerDayAbove: power(f + ALIAS_PER_DAY),
    powerDayBelow: power(Math.abs(f - ALIAS_PER_DAY)),
  };
  const doubled = fit.explained(f / 2, DOUBLED, RIDGE);
  const wide = curve(DOUBLED, fit.coefficients());
  fit.explained(f, SERIES, RIDGE);
  const own = curve(SERIES, fit.coefficients());
  return {
    periodDays: 1 / f,
    frequencyPerDay: f,
    ...powers,
    second: secondFrequencyPerDay === null ? null : secondOf(series, f, secondFrequencyPerDay),
    oddShare: (doubled[5]! - doubled[3]!) / Math.max(1e-9, 1 - doubled[3]!),
    minimaDifference: minimaDifference(wide),
    secondMinimum: secondMinimum(own),
    brightShare: brightShare(own),
    foldedScatter: foldedScatter(series, f),
    foldedScatterDouble: foldedScatter(series, f / 2),
  };
}

function secondOf(
  series: CentredSeries,
  frequencyPerDay: number,
  secondFrequencyPerDay: number,
): PeriodAnalysis['second'] {
  const rest = withFlux(series, residuals(series, frequencyPerDay));
  const [power] = new HarmonicFit(rest, 1).explained(secondFrequencyPerDay, [1]);
  return { frequencyPerDay: secondFrequencyPerDay, power: power! };
}

/** A harmonic series at `PHASES` phases of its cycle. */
function curve(orders: readonly number[], coefficients: Float64Array): Float64Array {
  return Float64Array.from({ length: PHASES }, (_, i) => {
    const angle = (2 * Math.PI * i) / PHASES;
    let sum = 0;
    for (const [j, k] of orders.entries())
      sum += coefficients[2 * j]! * Math.cos(k * angle) + coefficients[2 * j + 1]! * Math.sin(k * angle);
    return sum;
  });
}

function rangeOf(values: Float64Array): {
  readonly low: number;
  readonly high: number;
  readonly lowAt: number;
} {
  let lowAt = 0;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < values[lowAt]!) lowAt = i;
    high = Math.max(high, values[i]!);
  }
  return { low: values[lowAt]!, high, lowAt };
}

/** Of a curve over the doubled period: its minimum, and the least value near half a cycle from there. */
function minimaDifference(values: Float64Array): number {
  const { low, high, lowAt } = rangeOf(values);
  if (!(high > low)) return 0;
  const other = leastWithin(values, lowAt + (3 * PHASES) / 8, lowAt + (5 * PHASES) / 8);
  return (values[other % PHASES]! - low) / (high - low);
}

function leastWithin(values: Float64Array, from: number, to: number): number {
  let least = from;
  for (let i = from; i <= to; i++) if (values[i % PHASES]! < values[least % PHASES]!) least = i;
  return least;
}

/** The deepest local minimum besides the lowest, measured from the lower of the maxima beside it. */
function secondMinimum(values: Float64Array): { readonly depth: number; readonly phase: number } {
  const { low, high, lowAt } = rangeOf(values);
  let depth = 0;
  let phase = 0;
  if (!(high > low)) return { depth, phase };
  for (let offset = 1; offset < PHASES; offset++) {
    const at = (lowAt + offset) % PHASES;
    const value = values[at]!;
    if (value > values[(at + 1) % PHASES]! || value > values[(at + PHASES - 1) % PHASES]!) continue;
    let before = -Infinity;
    for (let i = 0; i < offset; i++) before = Math.max(before, values[(lowAt + i) % PHASES]!);
    let after = -Infinity;
    for (let i = offset; i < PHASES; i++) after = Math.max(after, values[(lowAt + i) % PHASES]!);
    const own = (Math.min(before, after) - value) / (high - low);
    if (own > depth) {
      depth = own;
      phase = Math.min(offset, PHASES - offset) / PHASES;
    }
  }
  return { depth, phase };
}

function brightShare(values: Float64Array): number {
  const { low, high } = rangeOf(values);
  const middle = (low + high) / 2;
  return values.reduce((count, value) => count + Number(value > middle), 0) / PHASES;
}

function foldedScatter(series: CentredSeries, frequencyPerDay: number): number {
  const { timeDays, flux } = series;
  const phase = timeDays.map((time) => frequencyPerDay * time - Math.floor(frequencyPerDay * time));
  const order = Array.from(phase.keys()).sort((a, b) => phase[a]! - phase[b]! || a - b);
  let squares = 0;
  let variance = 0;
  for (const [i, at] of order.entries()) {
    const before = order[i === 0 ? order.length - 1 : i - 1]!;
    squares += (flux[at]! - flux[before]!) ** 2;
    variance += flux[at]! ** 2;
  }
  return variance > 0 ? squares / (2 * variance) : 0;
}
