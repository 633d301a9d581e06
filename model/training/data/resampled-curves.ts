import { createHash } from 'node:crypto';
import { PipelineError, Random } from '../../../core/index.ts';
import type { ResamplingSettings } from '../../alerts/resample-curve.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import { float32Tensor } from '../../tensor.ts';
import { TensorsSet } from './tensors-set.ts';
import type { TensorsSetOptions } from './tensors-set.ts';
import type { TrainingConfig } from '../config.ts';
import type { ModalityRows } from './training-set.ts';

/** The modality that is drawn again. */
const MODALITY = 'photometry';

/** A file of tensors with nothing but light curves: those drawn from object n are its rows n · curves and on. */
export interface ResampledFile {
  readonly file: string;
  /** Drawn from each object, ≥ 1. */
  readonly curves: number;
}

/**
 * The file of light curves drawn again that lies beside a file of tensors; what is drawn in another way is another file.
 *
 * @param drawing what the curves depend on besides the objects
 */
export function resampledFileOf(
  tensorsFile: string,
  drawing: { readonly settings: ResamplingSettings; readonly seed: string },
): string {
  const { curves, keptRatioMin, noiseScale } = drawing.settings;
  const digest = createHash('sha256')
    .update(JSON.stringify([curves, keptRatioMin, noiseScale, drawing.seed]))
    .digest('hex')
    .slice(0, 12);
  return `${tensorsFile.replace(/\.safetensors$/, '')}.resampled-${digest}.safetensors`;
}

/** Whether a training takes light curves drawn again. */
export function isResampled({ data, modalities }: Pick<TrainingConfig, 'data' | 'modalities'>): boolean {
  return data.resampled.curves > 0 && modalities.includes(MODALITY);
}

/** What such a file holds of the modalities of a training. */
export function resampledModalities(modalities: readonly ModalityRows[]): readonly ModalityRows[] {
  return modalities.filter(({ name }) => name === MODALITY);
}

/** Puts light curves that were drawn again in the places of those that a batch was read with. */
export class ResampledCurves {
  readonly #set: TensorsSet;
  readonly #curves: number;
  readonly #inputs: readonly string[];

  private constructor(set: TensorsSet, curves: number, inputs: readonly string[]) {
    this.#set = set;
    this.#curves = curves;
    this.#inputs = inputs;
  }

  /**
   * @param objects of the file that the light curves were drawn from
   * @throws PipelineError as `TensorsSet.open()`; TENSORS_INVALID if the file has another number of rows
   */
  static async open(
    { file, curves }: ResampledFile,
    { modalities, statistics = {} }: TensorsSetOptions,
    objects: number,
  ): Promise<ResampledCurves> {
    const held = resampledModalities(modalities);
    const set = await TensorsSet.open(file, { modalities: held, statistics, classes: null });
    if (set.rows === objects * curves)
      return new ResampledCurves(
        set,
        curves,
        held.flatMap(({ inputs }) => Object.keys(inputs)),
      );
    await set.close();
    throw new PipelineError(
      'TENSORS_INVALID',
      `Cannot train on "${file}" as it must have ${curves} rows for each of ${objects} objects: current value is ${set.rows}`,
    );
  }

  /**
   * A batch in which each object has, equally likely, its own light curve or one of those drawn from it. Which depends on
   * the seed, the epoch, the view and the object's number.
   *
   * @param batch as it was read; its tensors are left as they are
   * @param rows numbers of its objects
   */
  async drawn(
    batch: NamedTensors,
    {
      rows,
      seed,
      epoch,
      view,
    }: {
      readonly rows: readonly number[];
      readonly seed: string;
      readonly epoch: number;
      readonly view: string;
    },
  ): Promise<NamedTensors> {
    const places: number[] = [];
    const chosen: number[] = [];
    for (const [i, row] of rows.entries()) {
      const draw = Random.forPurpose(seed, `resampled/${view}/${epoch}/${row}`).below(this.#curves + 1);
      if (draw === 0) continue;
      places.push(i);
      chosen.push(row * this.#curves + draw - 1);
    }
    if (places.length === 0) return batch;
    const read = await this.#set.read(chosen);
    return {
      ...batch,
      ...Object.fromEntries(this.#inputs.map((name) => [name, replaced(batch, read, { name, places })])),
    };
  }

  async close(): Promise<void> {
    await this.#set.close();
  }
}

/** A tensor of a batch with rows of another, in order, in some of its places. */
function replaced(
  batch: NamedTensors,
  read: NamedTensors,
  { name, places }: { readonly name: string; readonly places: readonly number[] },
): NamedTensors[string] {
  const [old, fresh] = [batch[name], read[name]];
  if (old?.dtype !== 'float32' || fresh?.dtype !== 'float32')
    throw new TypeError(`Cannot replace light curves as "${name}" must be float32`);
  const data = old.data.slice();
  const width = fresh.data.length / places.length;
  for (const [i, place] of places.entries())
    data.set(fresh.data.subarray(i * width, (i + 1) * width), place * width);
  return float32Tensor(data, old.shape);
}
