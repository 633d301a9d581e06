import path from 'node:path';
import { PipelineError } from '../../core/index.ts';
import { elementCount } from '../ir/dims.ts';
import { headTensors } from '../releases/class-head-part.ts';
import { tensorsFault } from '../releases/tensor-faults.ts';
import { openRelease } from '../releases/release.ts';
import { releaseFile, writeRelease } from '../releases/write-release.ts';
import { writeSafetensors } from '../safetensors/writer.ts';
import type { Tensors } from '../tensor.ts';
import type { AugmentedInputs } from '../training/augmentation/augment-batch.ts';
import { logitScaleStart } from '../training/config.ts';
import type { TrainingConfig } from '../training/config.ts';
import { createContrastiveModel } from '../training/step/contrastive-model.ts';
import { initialiseWeights } from '../training/initialise-weights.ts';
import type { StartIdentity } from '../training/run/checkpoint.ts';
import type { TrainingSubject } from '../training/training-subject.ts';
import { modalityRows } from '../training/data/modality-rows.ts';
import { paperArchitectureSchema } from './architecture.ts';
import { PAPER_MODALITIES } from './encode.ts';
import { paperParameters } from './graphs.ts';
import { drawIndexSample } from './index-sample.ts';
import { paperModalityEncoders } from './modality-encoders.ts';
import { INDEX_SAMPLE, PAPER_INPUTS, paperPartFault, paperTensors } from './release-part.ts';
import type { PaperPart } from './release-part.ts';

/** Channels 0 to 2 of a light curve are time, flux and error of a point; the rest are the object's. */
const CURVE = {
  values: 'photometry',
  mask: 'mask',
  ofPoints: 3,
  noise: { kind: 'linear', flux: 1, err: 2 },
  phases: [],
  summary: null,
} as const;
const SPECTRUM = { values: 'spectra', flux: 0, err: 1, covered: null } as const;

/** How a file of tensors holds the profile's inputs. */
export const PAPER_ROWS = { mask: 'mask' } as const;

const WEIGHTS_FILE = 'weights.safetensors';

export interface PaperSubjectOptions {
  /** Names of the classes that labels number, where they are known; a head over all embeddings is kept in the release. */
  readonly classes?: readonly string[];
  /** By which the data were standardised; the start's by default. */
  readonly preprocessing?: PaperPart['preprocessing'] | null;
}

/**
 * A model of the paper profile as it is trained: with weights from a release, or drawn from the seed.
 *
 * @throws PipelineError RELEASE_NOT_FOUND, RELEASE_INVALID; CONFIG_INVALID if the release is of another profile, or the
 *   model does not take the profile's inputs
 */
export async function paperTrainingSubject(
  config: TrainingConfig,
  { classes = [], preprocessing = null }: PaperSubjectOptions = {},
): Promise<TrainingSubject> {
  const start = await startOf(config);
  const { weights, identity } = start;
  const { classes: loss } = config.objective;
  const head =
    loss?.from === 'all' && classes.length > 0
      ? { classes: [...classes], logitScale: loss.logitScale }
      : null;
  const part: PaperPart = {
    ...start.part,
    ...(preprocessing === null ? {} : { preprocessing }),
    head,
  };
  const names = PAPER_MODALITIES.filter((name) => config.modalities.includes(name));
  const encoders = paperModalityEncoders(part, names);
  const { channels } = part.architecture.photometry;
  return {
    modelOf: (modalities) =>
      createContrastiveModel(
        encoders.filter(({ name }) => modalities.includes(name)),
        config.objective,
      ),
    start: identity,
    modalities: encoders.map((encoder) => modalityRows(encoder, PAPER_ROWS)),
    augmented: {
      modalities: names,
      curve: { ...CURVE, channels },
      spectrum: SPECTRUM,
    } satisfies AugmentedInputs,
    statistics: {},
    constants: constantsOf(part, weights),
    initialParameters: (parameters) => {
      const shapes = parameters.map(({ name, shape }) => [name, shape] as const);
      const drawn = initialiseWeights(shapes, drawingOf(config));
      return new Map(shapes.map(([name, shape]) => [name, known(weights, name, shape) ?? drawn.get(name)!]));
    },
    writeRelease: async (folder, { name, seed, note, parameters, training }) => {
      const all = new Map([...weights].map(([tensor, value]) => [tensor, parameters[tensor] ?? value]));
      for (const tensor of headTensors(head, part.architecture.embeddingDimensions).keys())
        all.set(tensor, parameters[tensor]!);
      const fault = tensorsFault(all, paperTensors(part));
      if (fault !== null) throw new TypeError(`Cannot write release "${folder}" as ${fault}`);
      return writeRelease(folder, async (draft) => {
        await writeSafetensors(path.join(draft, WEIGHTS_FILE), all);
        return {
          formatVersion: 1,
          name,
          profile: 'paper',
          model: part,
          weights: {
            ...(await releaseFile(draft, WEIGHTS_FILE)),
            parameters: [...paperParameters(part).values()].reduce(
              (total, shape) => total + elementCount(shape),
              0,
            ),
            origin: 'trained',
            seed,
            note,
          },
          bank: null,
          calibration: null,
          training,
        };
      });
    },
  };
}

/** The model, and every tensor of a release of it before the first step. */
async function startOf(config: TrainingConfig): Promise<{
  readonly part: PaperPart;
  readonly weights: Tensors;
  readonly identity: StartIdentity | null;
}> {
  const { start, model, seed } = config;
  if (start.release !== null) {
    const { manifest, weights } = await openRelease(start.release);
    if (manifest.profile !== 'paper')
      throw new PipelineError(
        'CONFIG_INVALID',
        `Cannot train release "${start.release}" as its profile must be paper: current value is ${manifest.profile}`,
      );
    const needed = [...paperTensors({ ...manifest.model, head: null }).keys()].sort();
    return {
      part: manifest.model,
      weights: new Map(needed.map((name) => [name, weights.get(name)!])),
      identity: { release: start.release, sha256: manifest.weights.sha256 },
    };
  }
  const part: PaperPart = {
    layout: model?.layout ?? 'corrected',
    architecture: model?.architecture ?? paperArchitectureSchema.parse({}),
    indexSampleSeed: seed,
    inputs: PAPER_INPUTS,
    preprocessing: { photometryAuxiliary: null, metadata: null },
    head: null,
  };
  const fault = paperPartFault(part);
  if (fault !== null) throw new PipelineError('CONFIG_INVALID', `Cannot train a model as ${fault}`);
  const drawn = initialiseWeights([...paperParameters(part)].sort(byName), drawingOf(config));
  if (part.architecture.attention === 'full') return { part, weights: drawn, identity: null };
  return { part, weights: new Map([...drawn, [INDEX_SAMPLE, drawIndexSample(part)]]), identity: null };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function drawingOf(config: TrainingConfig): Parameters<typeof initialiseWeights>[1] {
  return { seed: config.seed, logitScale: logitScaleStart(config) };
}

function constantsOf({ architecture }: PaperPart, weights: Tensors): TrainingSubject['constants'] {
  return architecture.attention === 'full' ? {} : { [INDEX_SAMPLE]: weights.get(INDEX_SAMPLE)! };
}

function known(weights: Tensors, name: string, shape: readonly number[]) {
  const tensor = weights.get(name);
  return tensor?.dtype === 'float32' && tensor.shape.join() === shape.join() ? tensor : undefined;
}
