import path from 'node:path';
import { Random } from '../../core/index.ts';
import { float32Tensor, paperParameters, writeSafetensors } from '../../model/index.ts';
import type { Tensor, Tensors } from '../../model/index.ts';
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

/**
 * Draws weights and a batch with a fixed seed: normal weights over the square root of the inputs, so that activations stay
 * of order 1, and normal inputs, whole curves without padding.
 */
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
  return new Map(
    [...paperParameters(SIZED_MODELS[sizes])].map(([name, shape]): [string, Tensor] => {
      const [, ...inputs] = shape;
      if (name.startsWith('logit_scale')) return [name, filled(shape, LOGIT_SCALE)];
      if (inputs.length === 0) return [name, filled(shape, /norm\d*\.weight$/.test(name) ? 1 : 0)];
      return [name, drawn(name, shape, 1 / Math.sqrt(countOf(inputs)))];
    }),
  );
}

function drawnInputs(sizes: TrainingSizes, batch: number): Tensors {
  const { photometry, spectra, metadata } = SIZED_MODELS[sizes].architecture;
  return new Map<string, Tensor>([
    ['photometry', drawn('photometry', [batch, photometry.length, photometry.channels], 1)],
    ['mask', filled([batch, photometry.length], 1)],
    ['spectra', drawn('spectra', [batch, spectra.channels[0] ?? 0, spectra.length], 1)],
    ['metadata', drawn('metadata', [batch, metadata.inputs], 1)],
  ]);
}

function drawn(name: string, shape: readonly number[], deviation: number): Tensor {
  const random = Random.forPurpose('bench', name);
  return float32Tensor(
    Float32Array.from({ length: countOf(shape) }, () => deviation * random.normal()),
    shape,
  );
}

function filled(shape: readonly number[], value: number): Tensor {
  return float32Tensor(new Float32Array(countOf(shape)).fill(value), shape);
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
