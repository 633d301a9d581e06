import { HARMONICS } from './periods/fourier-shape.ts';
import type { InputSpec } from './input-spec.ts';
import type { PhotometryContext } from './photometry-context.ts';
import { FILTERS, KIND, wavelengthOf } from './photometry-table.ts';
import { HISTORY_DAYS_MAX } from './select-points.ts';

/** Shortest scale of the time encoding, days; the others double up to half of `HISTORY_DAYS_MAX`. */
const TIME_SCALE_DAYS_MIN = 0.25;
/** 0.25 d, 0.5 d, … 4096 d. */
const TIME_SCALES = 15;
/** Reference of log wavelengths, Ångström: the middle of the optical. */
const WAVELENGTH_REFERENCE_ANGSTROM = 6000;
/** Brings asinh of a signal-to-noise ratio to order 1. */
export const SNR_DIVISOR = 3;
/** Inputs are clamped to ± this: asinh of a ratio of 2.4e8, beyond any calibrated flux. */
const INPUT_MAX = 20;

/** One input of every token, with the rule that computes it. */
export interface TokenInput extends InputSpec {
  /** @param row row of `context.tokens` */
  readonly value: (context: PhotometryContext, row: number) => number;
}

const ageDays = (context: PhotometryContext, row: number): number =>
  context.originMjdTai - context.tokens.mjdTai[row]!;

/** Age of a point before the newest one, as phases on geometric scales: near times differ in the short ones alone. */
function timeInputs(): TokenInput[] {
  const inputs: TokenInput[] = [
    {
      name: 'logAge',
      unit: `log(1 + days) / log(1 + ${HISTORY_DAYS_MAX})`,
      value: (context, row) => Math.log1p(ageDays(context, row)) / Math.log1p(HISTORY_DAYS_MAX),
    },
  ];
  for (let scale = 0; scale < TIME_SCALES; scale++) {
    const scaleDays = TIME_SCALE_DAYS_MIN * 2 ** scale;
    const radiansPerDay = (2 * Math.PI) / scaleDays;
    inputs.push(
      {
        name: `sinAge${scaleDays}Days`,
        unit: '1',
        value: (context, row) => Math.sin(radiansPerDay * ageDays(context, row)),
      },
      {
        name: `cosAge${scaleDays}Days`,
        unit: '1',
        value: (context, row) => Math.cos(radiansPerDay * ageDays(context, row)),
      },
    );
  }
  return inputs;
}

const FLUX_INPUTS: readonly TokenInput[] = [
  {
    name: 'asinhFlux',
    unit: 'asinh(flux / scale)',
    value: ({ tokens, scaleNjy }, row) => Math.asinh(tokens.fluxNjy[row]! / scaleNjy),
  },
  {
    name: 'asinhFluxCentred',
    unit: 'asinh((flux − band median) / spread); 0 in a band without a measured point, and for upper limits',
    value: ({ tokens, bands, spreadNjy }, row) => {
      const band = bands.get(tokens.bandCode[row]!);
      if (band === undefined || tokens.kind[row] === KIND.upperLimit) return 0;
      return Math.asinh((tokens.fluxNjy[row]! - band.medianNjy) / spreadNjy);
    },
  },
  {
    name: 'asinhFluxErr',
    unit: 'asinh(error / spread)',
    value: ({ tokens, spreadNjy }, row) => Math.asinh(tokens.fluxErrNjy[row]! / spreadNjy),
  },
  {
    name: 'asinhSnr',
    unit: `asinh(flux / error) / ${SNR_DIVISOR}`,
    value: ({ tokens }, row) => Math.asinh(tokens.fluxNjy[row]! / tokens.fluxErrNjy[row]!) / SNR_DIVISOR,
  },
];

const BAND_INPUTS: readonly TokenInput[] = [
  {
    name: 'logWavelength',
    unit: `ln(wavelength / ${WAVELENGTH_REFERENCE_ANGSTROM} Å); 0 where unknown`,
    value: ({ survey, tokens }, row) => {
      const wavelengthAngstrom = wavelengthOf(survey, tokens.bandCode[row]!);
      return wavelengthAngstrom === null ? 0 : Math.log(wavelengthAngstrom / WAVELENGTH_REFERENCE_ANGSTROM);
    },
  },
  {
    name: 'hasWavelength',
    unit: '0 or 1',
    value: ({ survey, tokens }, row) => Number(wavelengthOf(survey, tokens.bandCode[row]!) !== null),
  },
  ...FILTERS.map((filter) => ({
    name: `isFilter${filter.toUpperCase()}`,
    unit: '0 or 1',
    value: ({ tokens }: PhotometryContext, row: number) =>
      Number(tokens.bandCode[row] === filter.charCodeAt(0)),
  })),
];

const KIND_INPUTS: readonly TokenInput[] = (['detection', 'forced', 'upperLimit'] as const).map((kind) => ({
  name: `is${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
  unit: '0 or 1',
  value: ({ tokens }, row) => Number(tokens.kind[row] === KIND[kind]),
}));

/** Phase at the object's own period, counted from the maximum of the first harmonic; 0 without a period. */
function phaseRadians(
  { period, shape, tokens, originMjdTai }: PhotometryContext,
  row: number,
): number | null {
  if (period === null || shape === null) return null;
  const cycles = period.frequencyPerDay * (tokens.mjdTai[row]! - originMjdTai);
  return 2 * Math.PI * (cycles - Math.floor(cycles)) - shape.phaseRadians[0]!;
}

function phaseInputs(): TokenInput[] {
  const inputs: TokenInput[] = [
    { name: 'hasPeriod', unit: '0 or 1', value: ({ period }) => Number(period !== null) },
  ];
  for (let k = 1; k <= HARMONICS; k++) {
    const input = (name: string, wave: (radians: number) => number): TokenInput => ({
      name: `${name}Phase${k}`,
      unit: '1; 0 without a period',
      value: (context, row) => {
        const radians = phaseRadians(context, row);
        return radians === null ? 0 : wave(k * radians);
      },
    });
    inputs.push(input('sin', Math.sin), input('cos', Math.cos));
  }
  return inputs;
}

/** The inputs of a token, in order: a release names them, and only opens where these are the same. */
export const TOKEN_INPUTS: readonly TokenInput[] = [
  ...timeInputs(),
  ...FLUX_INPUTS,
  ...BAND_INPUTS,
  ...KIND_INPUTS,
  ...phaseInputs(),
];

/**
 * The tokens of a light curve, in order of time.
 *
 * @returns [n × TOKEN_INPUTS.length] finite, |x| ≤ 20; n ≥ 1: a light curve without points is one token of zeros
 * @complexity O(n) with 55 rules a token
 */
export function photometryTokens(context: PhotometryContext): Float32Array {
  const width = TOKEN_INPUTS.length;
  const count = context.tokens.mjdTai.length;
  const tokens = new Float32Array(Math.max(1, count) * width);
  for (let row = 0; row < count; row++) {
    for (const [column, input] of TOKEN_INPUTS.entries()) {
      const value = input.value(context, row);
      tokens[row * width + column] = Math.max(-INPUT_MAX, Math.min(INPUT_MAX, value));
    }
  }
  return tokens;
}
