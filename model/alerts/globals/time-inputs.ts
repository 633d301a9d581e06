import type { GlobalInput } from './global-input.ts';
import { LAGS_DAYS, type TimeStructure } from './time-structure.ts';
import type { TransientTimes } from './transient-times.ts';

const of =
  (rule: (structure: TimeStructure) => number | null): GlobalInput['value'] =>
  ({ structure }) =>
    structure === null ? null : rule(structure);

/** Least value that a logarithm is taken of: far below what noise gives. */
const LEAST = 1e-6;
const log10 = (value: number | null): number | null =>
  value === null ? null : Math.log10(Math.max(LEAST, value));

/** How fluxes follow each other in time, without a period. */
export const TIME_INPUTS: readonly GlobalInput[] = [
  { name: 'asinhTrend', unit: 'asinh(σ per span)', value: of(({ trend }) => Math.asinh(trend)) },
  { name: 'trendRatio', unit: 'share of variance', value: of(({ trendRatio }) => trendRatio) },
  { name: 'cumulativeRange', unit: 'σ', value: of(({ cumulativeRange }) => cumulativeRange) },
  { name: 'log10SlopeMax', unit: 'log10(σ per day)', value: of(({ slopeMax }) => log10(slopeMax)) },
  { name: 'log10SlopeMedian', unit: 'log10(σ per day)', value: of(({ slopeMedian }) => log10(slopeMedian)) },
  { name: 'asinhStetsonJ', unit: 'asinh', value: of(({ stetsonJ }) => Math.asinh(stetsonJ)) },
  ...LAGS_DAYS.map((lagDays, i) => ({
    name: `log10Structure${lagDays}Days`,
    unit: 'log10 of mean squared difference / 2σ²',
    value: of(({ structure }) => log10(structure[i] ?? null)),
  })),
];

const ofTransient =
  (rule: (transient: TransientTimes) => number): GlobalInput['value'] =>
  ({ transient }) =>
    transient === null ? null : rule(transient);

/** When the object was brightest. */
export const TRANSIENT_INPUTS: readonly GlobalInput[] = [
  {
    name: 'log10Rise',
    unit: 'log10(1 + days)',
    value: ofTransient(({ riseDays }) => Math.log10(1 + riseDays)),
  },
  {
    name: 'log10SincePeak',
    unit: 'log10(1 + days)',
    value: ofTransient(({ sincePeakDays }) => Math.log10(1 + sincePeakDays)),
  },
  { name: 'log10PeakSnr', unit: 'log10', value: ofTransient(({ peakSnr }) => Math.log10(peakSnr)) },
];
