import path from 'node:path';
import { paperParameters, writeSafetensors } from '../../model/index.ts';
import type { Tensor, Tensors } from '../../model/index.ts';
import { initialiseWeights } from '../../model/training/initialise-weights.ts';
import { drawn, filled } from './drawn-tensors.ts';
import { SIZED_MODELS } from './sizes.ts';
import type { TrainingSizes } from './sizes.ts';

/** What all sides start from: the same weights, and the same batch in every step. */
export interface TrainingCase {
  readonly sizes: TrainingSizes;
  readonly batch: number;
  /** safetensors, with the published names. */
  readonly weightsFile: string;
  /** safetensors: `photometry`, `mask`, `spectra`, `metadata`. */
  readonly inputsFile: string;
}

/** Temperatures start here, below the clamp, so that they have a gradient. */
const LOGIT_SCALE = Math.log(1 / 0.07);

const SEED = 'bench';

/** Draws weights as a training begins with, and a batch of normal numbers: whole curves without padding. */
export async function writeTrainingCase(
  folder: string,
  { sizes, batch }: Pick<TrainingCase, 'sizes' | 'batch'>,
): Promise<TrainingCase> {
  const files = {
    weightsFile: path.join(folder, 'weights.safetensors'),
    inputsFile: path.join(folder, `inputs-${batch}.safetensors`),
  };
  await writeSafetensors(files.weightsFile, drawnWeights(sizes));
  await writeSafetensors(files.inputsFile, drawnInputs(sizes, batch));
  return { sizes, batch, ...files };
}

function drawnWeights(sizes: TrainingSizes): Tensors {
  return initialiseWeights(paperParameters(SIZED_MODELS[sizes]), { seed: SEED, logitScale: LOGIT_SCALE });
}

function drawnInputs(sizes: TrainingSizes, batch: number): Tensors {
  const { photometry, spectra, metadata } = SIZED_MODELS[sizes].architecture;
  return new Map<string, Tensor>([
    ['photometry', drawn(`${SEED}/photometry`, [batch, photometry.length, photometry.channels])],
    ['mask', filled([batch, photometry.length], 1)],
    ['spectra', drawn(`${SEED}/spectra`, [batch, spectra.channels[0] ?? 0, spectra.length])],
    ['metadata', drawn(`${SEED}/metadata`, [batch, metadata.inputs])],
  ]);
}
