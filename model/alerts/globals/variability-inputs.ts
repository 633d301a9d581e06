import type { GlobalInput } from './global-input.ts';

/** Moments and ratios of the residuals about the band medians. */
export const VARIABILITY_INPUTS: readonly GlobalInput[] = [
  { name: 'skewness', unit: '1', value: (context) => context.variability.skewness },
  {
    name: 'asinhKurtosisExcess',
    unit: 'asinh',
    value: ({ variability: { kurtosisExcess } }) =>
      kurtosisExcess === null ? null : Math.asinh(kurtosisExcess),
  },
  { name: 'stetsonK', unit: '1', value: (context) => context.variability.stetsonK },
  { name: 'vonNeumannRatio', unit: '1', value: (context) => context.variability.vonNeumannRatio },
  {
    name: 'logChiSquaredReduced',
    unit: 'ln(1 + χ² per degree of freedom)',
    value: ({ variability: { chiSquaredReduced } }) =>
      chiSquaredReduced === null ? null : Math.log1p(chiSquaredReduced),
  },
  { name: 'positiveRatio', unit: 'share of points', value: (context) => context.variability.positiveRatio },
];
