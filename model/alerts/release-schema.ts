import { z } from 'zod';
import { classHeadSchema, headTensors } from '../releases/class-head-part.ts';
import type { TensorInfo } from '../safetensors/header.ts';
import { alertsArchitectureSchema, type AlertsArchitecture } from './architecture.ts';
import type { EmbeddingSettings } from './embed-prepared.ts';
import { GLOBAL_INPUTS } from './global-inputs.ts';
import { alertsParameterShapes, buildAlertsGraphs } from './graphs.ts';
import { inputDifference, inputSpecSchema, inputSpecs } from './input-spec.ts';
import { METADATA_INPUTS } from './metadata-inputs.ts';
import type { PreparationSettings } from './prepare.ts';
import { SPECTRUM_INPUTS } from './spectrum-grid.ts';
import { inputQuantilesSchema, type InputQuantiles } from '../quantile-encoding.ts';
import { TOKEN_INPUTS } from './token-inputs.ts';

/** Upper limits of what a manifest may ask for: a damaged one must not cost memory or hours. */
const TOKENS_MAX = 4096;
const FREQUENCIES_MAX = 2 ** 22;
const SAMPLES_MAX = 65_536;
/** Points × frequencies of one period search: below a second. */
const PERIOD_TERMS_MAX = 2 ** 30;

const periodSchema = z
  .strictObject({
    pointsMin: z.int().min(3),
    pointsMax: z.int().min(3).max(65_536),
    oversampling: z.number().positive().max(100),
    frequencyPerDayMax: z.number().positive().max(10_000),
    frequenciesMax: z.int().min(3).max(FREQUENCIES_MAX),
  })
  .refine(
    ({ pointsMax, frequenciesMax }) => pointsMax * frequenciesMax <= PERIOD_TERMS_MAX,
    `pointsMax × frequenciesMax must be at most ${PERIOD_TERMS_MAX}`,
  );

const spectrumSchema = z
  .strictObject({
    wavelengthAngstromMin: z.number().positive(),
    wavelengthAngstromMax: z.number().positive(),
    samples: z.int().min(16).max(SAMPLES_MAX),
    coveredMin: z.int().min(1),
  })
  .refine(
    ({ wavelengthAngstromMin, wavelengthAngstromMax }) => wavelengthAngstromMin < wavelengthAngstromMax,
    'wavelengthAngstromMin must be below wavelengthAngstromMax',
  );

/** What is particular to the profile in a release's manifest. */
export const alertsPartSchema = z
  .strictObject({
    architecture: alertsArchitectureSchema,
    /** Names, order and unit of every input: a release opens only where the code computes the same. */
    inputs: z.strictObject({
      tokens: z.array(inputSpecSchema),
      globals: z.array(inputSpecSchema),
      spectrum: z.array(inputSpecSchema),
      metadata: z.array(inputSpecSchema),
    }),
    preprocessing: z.strictObject({
      tokensMax: z.int().min(1).max(TOKENS_MAX),
      period: periodSchema,
      spectrum: spectrumSchema,
      statistics: z.strictObject({ globals: inputQuantilesSchema, metadata: inputQuantilesSchema }),
    }),
    head: classHeadSchema,
  })
  .refine(
    ({ architecture, preprocessing }) =>
      preprocessing.spectrum.samples % 2 ** architecture.spectrum.channels.length === 0,
    'preprocessing.spectrum.samples must halve as often as there are spectrum.channels',
  );

export type AlertsPart = z.infer<typeof alertsPartSchema>;

const CODE_INPUTS = {
  tokens: TOKEN_INPUTS,
  globals: GLOBAL_INPUTS,
  spectrum: SPECTRUM_INPUTS,
  metadata: METADATA_INPUTS,
} as const;

/** The profile's part of a manifest for a new release. */
export function alertsPart(
  architecture: AlertsArchitecture,
  preparation: PreparationSettings,
  statistics: { readonly globals: InputQuantiles; readonly metadata: InputQuantiles },
  head: AlertsPart['head'] = null,
): AlertsPart {
  const { tokensMax, period } = preparation.photometry;
  return alertsPartSchema.parse({
    architecture,
    inputs: {
      tokens: inputSpecs(TOKEN_INPUTS),
      globals: inputSpecs(GLOBAL_INPUTS),
      spectrum: inputSpecs(SPECTRUM_INPUTS),
      metadata: inputSpecs(METADATA_INPUTS),
    },
    preprocessing: { tokensMax, period, spectrum: preparation.spectrum, statistics },
    head,
  });
}

/**
 * Why the code cannot serve a release with this part: other inputs, or statistics of another number of them.
 *
 * @returns one clause, or `null` if it can
 */
export function alertsPartFault(part: AlertsPart): string | null {
  for (const name of ['tokens', 'globals', 'spectrum', 'metadata'] as const) {
    const difference = inputDifference(part.inputs[name], CODE_INPUTS[name]);
    if (difference !== null) return `its ${name} inputs differ from the program's: ${difference}`;
  }
  for (const name of ['globals', 'metadata'] as const) {
    const { edges } = part.preprocessing.statistics[name];
    const width = CODE_INPUTS[name].length;
    if (edges.length !== width)
      return `its ${name} statistics must be of ${width} inputs: current value is ${edges.length}`;
  }
  return null;
}

/** Element type and shape of every tensor that the weights of a release hold. */
export function alertsTensors({
  architecture,
  preprocessing,
  head,
}: AlertsPart): ReadonlyMap<string, TensorInfo> {
  const encoders = alertsParameterShapes(buildAlertsGraphs(architecture, preprocessing.spectrum.samples));
  return new Map<string, TensorInfo>([
    ...Array.from(encoders, ([name, shape]) => [name, { dtype: 'float32', shape }] as const),
    ...headTensors(head, architecture.dimensions),
  ]);
}

/** How objects are prepared for a release. */
export function preparationOf({ preprocessing }: AlertsPart): PreparationSettings {
  const { tokensMax, period, spectrum } = preprocessing;
  return { photometry: { tokensMax, period }, spectrum };
}

/** How prepared objects are embedded for a release. */
export function embeddingOf({ architecture, preprocessing }: AlertsPart): EmbeddingSettings {
  return {
    dimensions: architecture.dimensions,
    tokensMax: preprocessing.tokensMax,
    spectrumSamples: preprocessing.spectrum.samples,
    statistics: preprocessing.statistics,
  };
}
