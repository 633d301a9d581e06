import { quantile } from '../../quantiles.ts';
import { between, type Distribution } from './distribution.ts';
import type { GlobalInput } from './global-input.ts';

const of =
  (rule: (distribution: Distribution) => number | null): GlobalInput['value'] =>
  ({ distribution }) =>
    distribution === null ? null : rule(distribution);

/** Fewer magnitudes have no quantiles. */
const MAGNITUDES_MIN = 8;

const ofMagnitudes = (rule: (sorted: Float64Array) => number): GlobalInput['value'] =>
  of(({ brightenings }) => (brightenings.length < MAGNITUDES_MIN ? null : rule(brightenings)));

/** Least magnitude that a logarithm of an amplitude is taken of. */
const MAG_MIN = 1e-3;
const log10Mag = (mag: number): number => Math.log10(Math.max(MAG_MIN, mag));

/** Shares of the 5–95 % range that hold the middle 20, 35, 50, 65 and 80 % of the points. */
const MIDDLES = [20, 35, 50, 65, 80] as const;

/** Spread and shape of the fluxes' distribution about the band medians. */
export const DISTRIBUTION_INPUTS: readonly GlobalInput[] = [
  {
    name: 'log10DeviationPerSpread',
    unit: 'log10(standard deviation / spread)',
    value: of(({ deviation }) => Math.log10(deviation)),
  },
  {
    name: 'asinhMean',
    unit: 'asinh((mean − median) / standard deviation)',
    value: of(({ mean, deviation }) => Math.asinh(mean / deviation)),
  },
  {
    name: 'quartileRange',
    unit: 'interquartile range / standard deviation',
    value: of(({ residuals, deviation }) => between(residuals, 0.25, 0.75) / deviation),
  },
  { name: 'beyondOneRatio', unit: 'share of points', value: of(({ beyondOneRatio }) => beyondOneRatio) },
  {
    name: 'logAndersonDarling',
    unit: 'ln(1 + A²)',
    value: of(({ andersonDarling }) => Math.log1p(andersonDarling)),
  },
  {
    name: 'log10ExcessVariance',
    unit: 'log10 of (σ² − error²) / flux², at least 1e-6; of total flux',
    value: of(({ excessVariance }) =>
      excessVariance === null ? null : Math.log10(Math.max(1e-6, excessVariance)),
    ),
  },
  ...MIDDLES.map((percent) => ({
    name: `middle${percent}Ratio`,
    unit: 'share of the 5–95 % range',
    value: of(({ residuals }) => {
      const range = between(residuals, 0.05, 0.95);
      const half = percent / 200;
      return range > 0 ? between(residuals, 0.5 - half, 0.5 + half) / range : null;
    }),
  })),
  ...([0.05, 0.25, 0.75, 0.95] as const).map((ratio) => ({
    name: `asinhQuantile${String(Math.round(ratio * 100)).padStart(2, '0')}`,
    unit: 'asinh((flux − band median) / spread), all bands',
    value: of(({ residuals }) => Math.asinh(quantile(residuals, ratio))),
  })),
];

/** Amplitudes in magnitudes: of light curves of total flux; difference fluxes have none. */
export const MAGNITUDE_INPUTS: readonly GlobalInput[] = [
  {
    name: 'log10AmplitudeMag',
    unit: 'log10 of magnitudes, 5–95 % range',
    value: ofMagnitudes((sorted) => log10Mag(between(sorted, 0.05, 0.95))),
  },
  {
    name: 'log10RangeMag',
    unit: 'log10 of magnitudes, 1–99 % range',
    value: ofMagnitudes((sorted) => log10Mag(between(sorted, 0.01, 0.99))),
  },
  {
    name: 'log10QuartileRangeMag',
    unit: 'log10 of magnitudes, 25–75 % range',
    value: ofMagnitudes((sorted) => log10Mag(between(sorted, 0.25, 0.75))),
  },
  {
    name: 'log10DeviationMag',
    unit: 'log10 of magnitudes, standard deviation',
    value: ofMagnitudes((sorted) => log10Mag(Math.sqrt(moments(sorted).variance))),
  },
  {
    name: 'skewnessMag',
    unit: '1; > 0 where the object brightens from a steady level',
    value: ofMagnitudes((sorted) => moments(sorted).skewness),
  },
  {
    name: 'brightRatioMag',
    unit: 'share of the 5–95 % range in magnitudes that is brighter than the median',
    value: ofMagnitudes((sorted) => {
      const range = between(sorted, 0.05, 0.95);
      return range > 0 ? between(sorted, 0.5, 0.95) / range : 0.5;
    }),
  },
];

function moments(values: Float64Array): { readonly variance: number; readonly skewness: number } {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
  const third = values.reduce((sum, value) => sum + (value - mean) ** 3, 0) / n;
  return { variance, skewness: variance > 0 ? third / variance ** 1.5 : 0 };
}
