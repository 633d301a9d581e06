import type { InputSpec } from './input-spec.ts';
import type { BandSummary, PhotometryContext } from './photometry-context.ts';
import { filterIndex, FILTERS, KIND, type Filter } from './photometry-table.ts';
import { quantile } from '../quantiles.ts';
import { variability, type Variability } from './variability.ts';

/** What the rules below read, computed once. */
interface GlobalContext extends PhotometryContext {
  readonly variability: Variability;
  readonly transient: TransientTimes | null;
}

/** One input about a light curve as a whole, with the rule that computes it. */
interface GlobalInput extends InputSpec {
  /** @returns `null` where the light curve does not tell */
  readonly value: (context: GlobalContext) => number | null;
}

/** When the object was brightest. */
interface TransientTimes {
  /** From the first point of at least `DETECTION_SIGMAS` to the brightest one in S/N, days. */
  readonly riseDays: number;
  /** From the brightest point to the newest, days. */
  readonly sincePeakDays: number;
  readonly peakSnr: number;
}

/** Least S/N of a point that counts as seen. */
const DETECTION_SIGMAS = 5;
/** Least S/N of a band's bright quantile for a colour. */
const COLOUR_SIGMAS = 3;
/** Values are clamped to ± this before they are standardised. */
const GLOBAL_MAX = 1e4;
const QUANTILES = [0.05, 0.25, 0.75, 0.95] as const;

const bandOf = (context: PhotometryContext, filter: Filter): BandSummary | undefined =>
  context.bands.get(filter.charCodeAt(0));

const kindCount = (context: PhotometryContext, kind: number): number =>
  context.measured.kind.reduce((count, other) => count + Number(other === kind), 0);

const SCALE_INPUTS: readonly GlobalInput[] = [
  { name: 'log10Scale', unit: 'log10(nJy)', value: ({ scaleNjy }) => Math.log10(scaleNjy) },
  { name: 'log10Spread', unit: 'log10(nJy)', value: ({ spreadNjy }) => Math.log10(spreadNjy) },
  {
    name: 'log10SpreadPerScale',
    unit: 'log10(spread / scale)',
    value: ({ spreadNjy, scaleNjy }) => Math.log10(spreadNjy / scaleNjy),
  },
  {
    name: 'log10Span',
    unit: 'log10(1 + days) from the oldest to the newest measured point',
    value: ({ measured: { mjdTai } }) =>
      mjdTai.length === 0 ? null : Math.log10(1 + mjdTai.at(-1)! - mjdTai[0]!),
  },
];

const COUNT_INPUTS: readonly GlobalInput[] = [
  ...FILTERS.map((filter) => ({
    name: `logPoints${filter.toUpperCase()}`,
    unit: 'ln(1 + measured points)',
    value: (context: GlobalContext) => Math.log1p(bandOf(context, filter)?.count ?? 0),
  })),
  {
    name: 'logPointsOther',
    unit: 'ln(1 + measured points) in other bands',
    value: ({ measured }) =>
      Math.log1p(measured.bandCode.reduce((n, code) => n + Number(filterIndex(code) < 0), 0)),
  },
  {
    name: 'logDetections',
    unit: 'ln(1 + detections)',
    value: (context) => Math.log1p(kindCount(context, KIND.detection)),
  },
  {
    name: 'logForced',
    unit: 'ln(1 + forced points without a detection)',
    value: (context) => Math.log1p(kindCount(context, KIND.forced)),
  },
];

function bandInputs(filter: Filter): GlobalInput[] {
  const upper = filter.toUpperCase();
  return [
    {
      name: `asinhMedian${upper}`,
      unit: 'asinh(flux / scale)',
      value: (context) => {
        const band = bandOf(context, filter);
        return band === undefined ? null : Math.asinh(band.medianNjy / context.scaleNjy);
      },
    },
    ...QUANTILES.map((ratio) => ({
      name: `asinhQuantile${String(Math.round(ratio * 100)).padStart(2, '0')}${upper}`,
      unit: 'asinh((flux − band median) / spread)',
      value: (context: GlobalContext) => {
        const band = bandOf(context, filter);
        if (band === undefined || band.count < 2) return null;
        return Math.asinh((quantile(band.sortedNjy, ratio) - band.medianNjy) / context.spreadNjy);
      },
    })),
  ];
}

/** Colours of the brightest light: of difference flux, so that the reference image's light is not in them. */
const COLOUR_INPUTS: readonly GlobalInput[] = FILTERS.slice(1).map((red, index) => {
  const blue = FILTERS[index]!;
  return {
    name: `colour${blue.toUpperCase()}${red.toUpperCase()}`,
    unit: 'AB magnitudes, of the 95 % quantiles of flux',
    value: (context: GlobalContext) => {
      const [blueNjy, redNjy] = [brightNjy(context, blue), brightNjy(context, red)];
      return blueNjy === null || redNjy === null ? null : -2.5 * Math.log10(blueNjy / redNjy);
    },
  };
});

function brightNjy(context: PhotometryContext, filter: Filter): number | null {
  const band = bandOf(context, filter);
  if (band === undefined) return null;
  const flux = quantile(band.sortedNjy, 0.95);
  return flux > COLOUR_SIGMAS * band.errMedianNjy ? flux : null;
}

const VARIABILITY_INPUTS: readonly GlobalInput[] = [
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

const TRANSIENT_INPUTS: readonly GlobalInput[] = [
  {
    name: 'log10Rise',
    unit: 'log10(1 + days)',
    value: ({ transient }) => (transient === null ? null : Math.log10(1 + transient.riseDays)),
  },
  {
    name: 'log10SincePeak',
    unit: 'log10(1 + days)',
    value: ({ transient }) => (transient === null ? null : Math.log10(1 + transient.sincePeakDays)),
  },
  {
    name: 'log10PeakSnr',
    unit: 'log10',
    value: ({ transient }) => (transient === null ? null : Math.log10(transient.peakSnr)),
  },
];

const PERIOD_INPUTS: readonly GlobalInput[] = [
  {
    name: 'log10Period',
    unit: 'log10(days)',
    value: ({ period }) => (period === null ? null : Math.log10(period.periodDays)),
  },
  { name: 'periodPower', unit: 'share of variance', value: ({ period }) => period?.power ?? null },
  {
    name: 'fourierExplained',
    unit: 'share of variance',
    value: ({ shape }) => shape?.explainedRatio ?? null,
  },
  {
    name: 'asinhAmplitude1',
    unit: 'asinh(amplitude / spread)',
    value: ({ shape }) => (shape === null ? null : Math.asinh(shape.amplitude[0]!)),
  },
  ...[2, 3, 4].flatMap(harmonicInputs),
];

/** Shape of the folded curve: R_k1 = A_k / A_1 and φ_k1 = φ_k − kφ_1, which do not depend on when it is maximal. */
function harmonicInputs(k: number): GlobalInput[] {
  const phase = ({ shape }: GlobalContext): number | null =>
    shape === null ? null : shape.phaseRadians[k - 1]! - k * shape.phaseRadians[0]!;
  const wave = (context: GlobalContext, of: (radians: number) => number): number | null => {
    const radians = phase(context);
    return radians === null ? null : of(radians);
  };
  return [
    {
      name: `amplitudeRatio${k}`,
      unit: `A${k} / (A1 + A${k})`,
      value: ({ shape }) => {
        if (shape === null) return null;
        const [first, own] = [shape.amplitude[0]!, shape.amplitude[k - 1]!];
        return first + own > 0 ? own / (first + own) : null;
      },
    },
    { name: `cosPhase${k}1`, unit: '1', value: (context) => wave(context, Math.cos) },
    { name: `sinPhase${k}1`, unit: '1', value: (context) => wave(context, Math.sin) },
  ];
}

/** The inputs about a light curve as a whole, in order: a release names them, and only opens where these are the same. */
export const GLOBAL_INPUTS: readonly GlobalInput[] = [
  ...SCALE_INPUTS,
  ...COUNT_INPUTS,
  ...FILTERS.flatMap(bandInputs),
  ...COLOUR_INPUTS,
  ...VARIABILITY_INPUTS,
  ...TRANSIENT_INPUTS,
  ...PERIOD_INPUTS,
];

/**
 * The global inputs of a light curve, before standardising.
 *
 * @returns [GLOBAL_INPUTS.length] |x| ≤ 1e4, NaN where missing
 * @complexity O(n log n)
 */
export function photometryGlobals(context: PhotometryContext): Float64Array {
  const complete = { ...context, variability: variability(context), transient: transientTimes(context) };
  return Float64Array.from(GLOBAL_INPUTS, (input) => {
    const value = input.value(complete);
    return value === null || Number.isNaN(value) ? NaN : Math.max(-GLOBAL_MAX, Math.min(GLOBAL_MAX, value));
  });
}

function transientTimes({ measured, originMjdTai }: PhotometryContext): TransientTimes | null {
  let first = -1;
  let peak = -1;
  const snr = measured.fluxNjy.map((flux, i) => flux / measured.fluxErrNjy[i]!);
  for (let i = 0; i < snr.length; i++) {
    if (snr[i]! < DETECTION_SIGMAS) continue;
    if (first < 0) first = i;
    if (peak < 0 || snr[i]! > snr[peak]!) peak = i;
  }
  if (peak < 0) return null;
  return {
    riseDays: measured.mjdTai[peak]! - measured.mjdTai[first]!,
    sincePeakDays: originMjdTai - measured.mjdTai[peak]!,
    peakSnr: snr[peak]!,
  };
}
