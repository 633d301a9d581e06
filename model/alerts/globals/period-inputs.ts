import type { FourierShape } from '../periods/fourier-shape.ts';
import type { PeriodAnalysis } from '../periods/period-analysis.ts';
import type { GlobalInput } from './global-input.ts';

const of =
  (rule: (period: PeriodAnalysis) => number | null): GlobalInput['value'] =>
  ({ period }) =>
    period === null ? null : rule(period);

const ofShape =
  (rule: (shape: FourierShape) => number | null): GlobalInput['value'] =>
  ({ shape }) =>
    shape === null ? null : rule(shape);

/** The period, how clear it is, and what stands at its multiples, its aliases, and beside it. */
export const PERIOD_INPUTS: readonly GlobalInput[] = [
  { name: 'log10Period', unit: 'log10(days)', value: of(({ periodDays }) => Math.log10(periodDays)) },
  { name: 'periodPower', unit: 'share of variance', value: of(({ power }) => power) },
  {
    name: 'periodPowerDouble',
    unit: 'share of variance, at twice the period',
    value: of(({ powerDouble }) => powerDouble),
  },
  {
    name: 'periodPowerHalf',
    unit: 'share of variance, at half the period',
    value: of(({ powerHalf }) => powerHalf),
  },
  {
    name: 'periodPowerDayAbove',
    unit: 'share of variance, one cycle a day above',
    value: of(({ powerDayAbove }) => powerDayAbove),
  },
  {
    name: 'periodPowerDayBelow',
    unit: 'share of variance, one cycle a day below',
    value: of(({ powerDayBelow }) => powerDayBelow),
  },
  {
    name: 'log10SecondPeriod',
    unit: 'log10(days), of the residuals',
    value: of(({ second }) => (second === null ? null : -Math.log10(second.frequencyPerDay))),
  },
  {
    name: 'secondPeriodPower',
    unit: "share of the residuals' variance",
    value: of(({ second }) => second?.power ?? null),
  },
  {
    name: 'log10SecondPeriodRatio',
    unit: 'log10(second / first period)',
    value: of(({ second, frequencyPerDay }) =>
      second === null ? null : Math.log10(frequencyPerDay / second.frequencyPerDay),
    ),
  },
  {
    name: 'oddShare',
    unit: "share of the residuals' variance, odd harmonics of twice the period",
    value: of(({ oddShare }) => oddShare),
  },
  {
    name: 'minimaDifference',
    unit: 'share of the amplitude, minima at twice the period',
    value: of(({ minimaDifference }) => minimaDifference),
  },
  {
    name: 'secondMinimumDepth',
    unit: 'share of the amplitude',
    value: of(({ secondMinimum }) => secondMinimum.depth),
  },
  {
    name: 'secondMinimumPhase',
    unit: 'cycles from the first, 0 to 1/2; 0 without one',
    value: of(({ secondMinimum }) => secondMinimum.phase),
  },
  {
    name: 'brightShare',
    unit: 'share of the cycle above the middle of the range',
    value: of(({ brightShare }) => brightShare),
  },
  {
    name: 'foldedScatter',
    unit: 'mean squared difference of neighbours in phase / 2σ²',
    value: of(({ foldedScatter }) => foldedScatter),
  },
  {
    name: 'foldedScatterDouble',
    unit: 'the same at twice the period',
    value: of(({ foldedScatterDouble }) => foldedScatterDouble),
  },
];

/** Shape of the folded curve: R_k1 = A_k / A_1 and φ_k1 = φ_k − kφ_1, which do not depend on when it is maximal. */
export const SHAPE_INPUTS: readonly GlobalInput[] = [
  {
    name: 'fourierExplained',
    unit: 'share of variance',
    value: ofShape(({ explainedRatio }) => explainedRatio),
  },
  ...[1, 2, 3].map((k) => ({
    name: `fourierExplained${k}`,
    unit: `share of the explained variance, ${k === 1 ? 'first harmonic' : `first ${k} harmonics`}`,
    value: ofShape(({ explainedRatio, explainedRatios }) =>
      explainedRatio > 0 ? explainedRatios[k - 1]! / explainedRatio : null,
    ),
  })),
  {
    name: 'asinhAmplitude1',
    unit: 'asinh(amplitude / spread)',
    value: ofShape(({ amplitude }) => Math.asinh(amplitude[0]!)),
  },
  ...[2, 3, 4].flatMap(harmonicInputs),
];

function harmonicInputs(k: number): GlobalInput[] {
  const phase = ({ phaseRadians }: FourierShape): number => phaseRadians[k - 1]! - k * phaseRadians[0]!;
  return [
    {
      name: `amplitudeRatio${k}`,
      unit: `A${k} / (A1 + A${k})`,
      value: ofShape(({ amplitude }) => {
        const [first, own] = [amplitude[0]!, amplitude[k - 1]!];
        return first + own > 0 ? own / (first + own) : null;
      }),
    },
    { name: `cosPhase${k}1`, unit: '1', value: ofShape((shape) => Math.cos(phase(shape))) },
    { name: `sinPhase${k}1`, unit: '1', value: ofShape((shape) => Math.sin(phase(shape))) },
  ];
}
