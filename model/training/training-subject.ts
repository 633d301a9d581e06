import type { Manifest } from '../releases/manifest.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import type { Tensors } from '../tensor.ts';
import type { AugmentedInputs } from './augmentation/augment-batch.ts';
import type { StartIdentity } from './run/checkpoint.ts';
import type { TrainableModel } from './step/trainable-model.ts';
import type { ModalityRows, StatisticsByInput } from './data/training-set.ts';

/** What a profile says of a model that is to be trained. */
export interface TrainingSubject {
  /** The model of some of the modalities. */
  modelOf(modalities: readonly string[]): TrainableModel;
  /** The release whose weights it begins with; `null` where they are drawn. */
  readonly start: StartIdentity | null;
  readonly modalities: readonly ModalityRows[];
  readonly augmented: AugmentedInputs;
  /** Quantiles that stored values are encoded by; `null` takes those of the objects that are trained on. */
  readonly statistics: StatisticsByInput | null;
  /** Inputs that all objects share, by name. */
  readonly constants: NamedTensors;
  /** What each parameter begins with, by name. @param parameters their names and shapes */
  initialParameters(parameters: readonly ParameterShape[]): Tensors;
  /**
   * Writes a release.
   *
   * @param folder new or empty
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  writeRelease(folder: string, trained: TrainedWeights): Promise<Manifest>;
}

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What a training leaves. */
export interface TrainedWeights {
  readonly name: string;
  readonly seed: string;
  readonly note: string;
  readonly parameters: NamedTensors;
  /** By which inputs were encoded. */
  readonly statistics: StatisticsByInput;
  readonly training: NonNullable<Manifest['training']>;
}
