import { Random } from '../../../core/index.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import { float32Tensor } from '../../tensor.ts';
import type { TensorOf } from '../../tensor.ts';
import { presenceInput } from '../step/contrastive-model.ts';
import { addNoise } from './add-noise.ts';
import type { AugmentationConfig } from './config.ts';
import { addCurveNoise } from './curve-noise.ts';
import type { CurveNoise } from './curve-noise.ts';
import { cropCurve } from './crop-curve.ts';
import type { CurveChannels, CurveRow } from './curve-row.ts';
import { distortSpectrum } from './distort-spectrum.ts';
import { dropModalities } from './drop-modalities.ts';
import { dropPoints } from './drop-points.ts';
import { dropSummary } from './drop-summary.ts';
import { shiftPhase } from './shift-phase.ts';

/** Where a profile's inputs hold what augmentation changes. */
export interface AugmentedInputs {
  readonly modalities: readonly string[];
  /** `values` [batch, length, channels] and `mask` [batch, length]. */
  readonly curve: CurveChannels & {
    readonly values: string;
    readonly mask: string;
    readonly noise: CurveNoise;
    /** Channels sin kφ of the first and further harmonics, each followed by its cos kφ; empty where there are none. */
    readonly phases: readonly number[];
    /** [batch, encodedWidth(width)] what sums a light curve up, encoded by quantiles; `null` where there is none. */
    readonly summary: string | null;
  };
  /** [batch, channels, samples]; channels of flux and its 1σ error, and of what is covered, where there is one. */
  readonly spectrum: {
    readonly values: string;
    readonly flux: number;
    readonly err: number;
    readonly covered: number | null;
  };
}

export interface AugmentationOptions {
  readonly config: AugmentationConfig;
  readonly inputs: AugmentedInputs;
  readonly seed: string;
  readonly epoch: number;
  /** Numbers of the objects, in the order of the batch. */
  readonly rows: readonly number[];
}

/**
 * A batch with each object changed at random. What becomes of an object depends on the seed, the epoch and its own number,
 * so that it is the same after a restart and in any batch.
 *
 * @param view names the drawing: two views of one batch differ by it
 * @returns the batch's tensors, those that changed as new ones
 */
export function augmentBatch(batch: NamedTensors, options: AugmentationOptions, view: string): NamedTensors {
  const { seed, epoch, rows } = options;
  const randomOf = (purpose: string): Random[] =>
    rows.map((row) => Random.forPurpose(seed, `${purpose}/${view}/${epoch}/${row}`));
  return {
    ...batch,
    ...augmentCurves(batch, options, randomOf('curve')),
    ...augmentSummaries(batch, options, randomOf('summary')),
    ...augmentSpectra(batch, options, randomOf('spectrum')),
    // Both views of an object show the same modalities, or there would be no pair to compare.
    ...hideModalities(batch, options),
  };
}

function augmentCurves(
  batch: NamedTensors,
  { config, inputs: { curve } }: AugmentationOptions,
  randoms: readonly Random[],
): NamedTensors {
  const { cropKeptRatioMin, droppedPointsRatio, photometryNoiseScale, shiftedPhase } = config;
  const isShifted = shiftedPhase && curve.phases.length > 0;
  if (cropKeptRatioMin === 1 && droppedPointsRatio === 0 && photometryNoiseScale === 0 && !isShifted)
    return {};
  const [values, mask] = [float32Of(batch, curve.values), float32Of(batch, curve.mask)];
  const [newValues, newMask] = [values.data.slice(), mask.data.slice()];
  const length = mask.shape[1]!;
  randoms.forEach((random, i) => {
    let row: CurveRow = {
      values: rowOf(values, i),
      mask: rowOf(mask, i),
    };
    row = cropCurve(row, { ...curve, keptRatioMin: cropKeptRatioMin }, random);
    if (droppedPointsRatio > 0) row = dropPoints(row, { ...curve, droppedRatio: droppedPointsRatio }, random);
    if (photometryNoiseScale > 0) row = addCurveNoise(row, { ...curve, scale: photometryNoiseScale }, random);
    if (isShifted) row = shiftPhase(row, curve, random);
    newValues.set(row.values, i * length * curve.channels);
    newMask.set(row.mask, i * length);
  });
  return {
    [curve.values]: float32Tensor(newValues, values.shape),
    [curve.mask]: float32Tensor(newMask, mask.shape),
  };
}

function augmentSummaries(
  batch: NamedTensors,
  { config, inputs: { curve } }: AugmentationOptions,
  randoms: readonly Random[],
): NamedTensors {
  const { hiddenSummaryRatio, droppedSummaryRatio } = config;
  if (curve.summary === null || (hiddenSummaryRatio === 0 && droppedSummaryRatio === 0)) return {};
  const summary = float32Of(batch, curve.summary);
  const changed = summary.data.slice();
  randoms.forEach((random, i) => {
    const row = rowOf(summary, i);
    changed.set(dropSummary(row, config, random), i * row.length);
  });
  return { [curve.summary]: float32Tensor(changed, summary.shape) };
}

function augmentSpectra(
  batch: NamedTensors,
  { config, inputs: { spectrum } }: AugmentationOptions,
  randoms: readonly Random[],
): NamedTensors {
  const { spectraNoiseScale, spectraAddedNoise, spectraTilt, spectraHiddenRatioMax } = config;
  if ([spectraNoiseScale, spectraAddedNoise, spectraTilt, spectraHiddenRatioMax].every((size) => size === 0))
    return {};
  const values = float32Of(batch, spectrum.values);
  const samples = values.shape[2]!;
  const at = Array.from({ length: samples }, (_, i) => ({
    value: spectrum.flux * samples + i,
    err: spectrum.err * samples + i,
  }));
  const moved = values.data.slice();
  randoms.forEach((random, i) => {
    let row = rowOf(values, i);
    if (spectraNoiseScale > 0) row = addNoise(row, { scale: spectraNoiseScale, at }, random);
    moved.set(distortSpectrum(row, { ...spectrum, samples, ...config }, random), i * row.length);
  });
  return { [spectrum.values]: float32Tensor(moved, values.shape) };
}

function hideModalities(
  batch: NamedTensors,
  { config: { droppedModalities }, inputs: { modalities }, seed, epoch, rows }: AugmentationOptions,
): NamedTensors {
  if (Object.values(droppedModalities).every((ratio) => ratio === 0)) return {};
  const presence = modalities.map((name) => float32Of(batch, presenceInput(name)));
  const hidden = presence.map(({ data }) => data.slice());
  rows.forEach((row, i) => {
    const present = Object.fromEntries(modalities.map((name, m) => [name, presence[m]!.data[i] === 1]));
    const random = Random.forPurpose(seed, `modalities/${epoch}/${row}`);
    const shown = dropModalities(present, droppedModalities, random);
    modalities.forEach((name, m) => {
      hidden[m]![i] = shown[name] === true ? 1 : 0;
    });
  });
  return Object.fromEntries(
    modalities.map((name, m) => [presenceInput(name), float32Tensor(hidden[m]!, [rows.length])]),
  );
}

function rowOf({ data, shape }: TensorOf<'float32'>, row: number): Float32Array<ArrayBuffer> {
  const width = data.length / shape[0]!;
  return data.slice(row * width, (row + 1) * width);
}

function float32Of(batch: NamedTensors, name: string): TensorOf<'float32'> {
  const tensor = batch[name];
  if (tensor?.dtype === 'float32') return tensor;
  throw new TypeError(
    `Cannot augment a batch as "${name}" must be float32: current value is ${tensor?.dtype ?? 'none'}`,
  );
}
