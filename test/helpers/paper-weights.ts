import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../../core/index.ts';
import { architectureFromConfig, float32Tensor, importAstroM3, writeSafetensors } from '../../model/index.ts';
import type { PaperModel, Tensor, TensorOf } from '../../model/index.ts';
import { paperParameters } from '../../model/paper/graphs.ts';

/** Configuration of the smallest model that has every part. */
export const SMALL_CONFIG = {
  hidden_dim: 8,
  seq_len: 12,
  p_d_model: 8,
  p_n_heads: 2,
  p_d_ff: 16,
  p_e_layers: 1,
  s_conv_channels: [3, 4, 4],
  m_hidden_dim: 6,
} as const;

/** Standard normal numbers from a seed. */
export function drawnTensor(shape: readonly number[], seed = shape.join()): TensorOf<'float32'> {
  const random = new Random(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return float32Tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  );
}

/** A state dict with small numbers from a seed. */
export function drawnWeights(model: PaperModel): Map<string, Tensor> {
  return new Map(
    Array.from(paperParameters(model), ([name, shape]) => {
      const { data } = drawnTensor(shape, name);
      return [
        name,
        float32Tensor(
          data.map((value) => 0.2 * value),
          shape,
        ),
      ];
    }),
  );
}

/** Inputs of `nightjar embed` for the small model. */
export function smallInputs(rows: number): ReadonlyMap<string, Tensor> {
  return new Map([
    ['in.photometry', drawnTensor([rows, 12, 9])],
    ['in.mask', float32Tensor(new Float32Array(rows * 12).fill(1), [rows, 12])],
    ['in.spectra', drawnTensor([rows, 3, 2575])],
    ['in.metadata', drawnTensor([rows, 34])],
  ]);
}

/** Files of the small model as they would be published. */
export async function writeSmallState(
  folder: string,
): Promise<{ readonly weightsFile: string; readonly configFile: string }> {
  const weightsFile = path.join(folder, 'state.safetensors');
  const configFile = path.join(folder, 'config.json');
  const model = { architecture: architectureFromConfig(SMALL_CONFIG), layout: 'reference' } as const;
  await writeSafetensors(weightsFile, drawnWeights(model));
  writeFileSync(configFile, JSON.stringify(SMALL_CONFIG));
  return { weightsFile, configFile };
}

/** A release of the small model in a folder of its own, whose path is returned. */
export async function writeSmallRelease(folder: string): Promise<string> {
  const release = path.join(folder, 'small');
  const files = await writeSmallState(folder);
  await importAstroM3({ ...files, folder: release, name: 'small', layout: 'reference' });
  return release;
}
