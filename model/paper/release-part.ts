import { z } from 'zod';
import type { Tensors } from '../tensor.ts';
import { classHeadSchema, headTensors } from '../releases/class-head-part.ts';
import type { TensorInfo } from '../safetensors/header.ts';
import { PAPER_LAYOUTS, paperArchitectureSchema, sampledKeys } from './architecture.ts';
import { paperParameters } from './graphs.ts';
import { PAPER_METADATA_COLUMNS } from './preprocess-metadata.ts';
import { PHOTOMETRY_AUXILIARIES, PHOTOMETRY_CHANNELS } from './preprocess-photometry.ts';

/** Channels of a spectrum on the grid. */
const SPECTRUM_CHANNELS = ['flux', 'fluxErr', 'log10Mad'] as const;

/** Name of the frozen draw of sampled keys among a release's tensors. */
export const INDEX_SAMPLE = 'index_sample';

const statisticsSchema = z.strictObject({
  mean: z.array(z.number()).max(4096),
  std: z.array(z.number().nonnegative()).max(4096),
});

/** What is particular to the profile in a release's manifest. */
export const paperPartSchema = z.strictObject({
  layout: z.enum(PAPER_LAYOUTS),
  architecture: paperArchitectureSchema,
  /** Seed of the sampled keys, which lie in the weights as `index_sample`. */
  indexSampleSeed: z.string(),
  /** Names of the inputs' channels, in order: a release opens only where the code computes the same. */
  inputs: z.strictObject({
    photometry: z.array(z.string()),
    spectra: z.array(z.string()),
    metadata: z.array(z.string()),
  }),
  /** Statistics of the training split; null where they were not published with the weights. */
  preprocessing: z.strictObject({
    photometryAuxiliary: statisticsSchema.nullable(),
    metadata: statisticsSchema.nullable(),
  }),
  head: classHeadSchema,
});

export type PaperPart = z.infer<typeof paperPartSchema>;

export const PAPER_INPUTS: PaperPart['inputs'] = {
  photometry: [...PHOTOMETRY_CHANNELS],
  spectra: [...SPECTRUM_CHANNELS],
  metadata: [...PAPER_METADATA_COLUMNS],
};

/**
 * Why the code cannot serve a release with this part.
 *
 * @returns one clause, or `null` if it can
 */
export function paperPartFault({ architecture, inputs, preprocessing }: PaperPart): string | null {
  for (const [name, channels] of [
    ['photometry', architecture.photometry.channels],
    ['spectra', architecture.spectra.channels[0]!],
    ['metadata', architecture.metadata.inputs],
  ] as const) {
    if (inputs[name].join() !== PAPER_INPUTS[name].join())
      return `its ${name} inputs must be ${PAPER_INPUTS[name].join(', ')}: current value is ${inputs[name].join(', ')}`;
    if (channels !== inputs[name].length)
      return `its architecture must take ${inputs[name].length} ${name} inputs: current value is ${channels}`;
  }
  for (const [name, width] of [
    ['photometryAuxiliary', PHOTOMETRY_AUXILIARIES],
    ['metadata', PAPER_INPUTS.metadata.length],
  ] as const) {
    const statistics = preprocessing[name];
    if (statistics !== null && (statistics.mean.length !== width || statistics.std.length !== width))
      return (
        `its ${name} statistics must have ${width} values: ` +
        `current value is ${statistics.mean.length} and ${statistics.std.length}`
      );
  }
  return null;
}

/** Element type and shape of every tensor that the weights of a release hold. */
export function paperTensors(part: PaperPart): ReadonlyMap<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>();
  for (const [name, shape] of paperParameters(part)) tensors.set(name, { dtype: 'float32', shape });
  if (part.architecture.attention === 'prob') tensors.set(INDEX_SAMPLE, indexSampleInfo(part));
  for (const [name, info] of headTensors(part.head, part.architecture.embeddingDimensions))
    tensors.set(name, info);
  return tensors;
}

/** [length, samples] */
export function indexSampleInfo({ architecture: { photometry } }: PaperPart): TensorInfo {
  return { dtype: 'int64', shape: [photometry.length, sampledKeys(photometry)] };
}

/** Why the weights cannot be used although each tensor has its type and shape; `null` if they can. */
export function paperWeightsFault(part: PaperPart, weights: Tensors): string | null {
  const sample = weights.get(INDEX_SAMPLE);
  if (sample?.dtype !== 'int64') return null;
  const wrong = indexOutside(sample.data, part);
  return wrong === null
    ? null
    : `"${INDEX_SAMPLE}" must be steps below ${part.architecture.photometry.length}: current value is ${wrong}`;
}

/** The first sampled key that is not a step of the model; `null` if all are. */
export function indexOutside(sample: BigInt64Array, { architecture }: PaperPart): bigint | null {
  const length = BigInt(architecture.photometry.length);
  return sample.find((index) => index < 0n || index >= length) ?? null;
}
