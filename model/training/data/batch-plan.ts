import type { AugmentedInputs } from '../augmentation/augment-batch.ts';
import type { AugmentationConfig } from '../augmentation/config.ts';
import type { DropoutSite } from '../step/dropout-inputs.ts';
import type { ResampledFile } from './resampled-curves.ts';
import type { TensorsSetOptions } from './tensors-set.ts';

/** All that batches are made by; plain data, so that it can go to another thread. */
export interface BatchPlan {
  readonly files: BatchFiles;
  /** Light curves drawn from those of the training file; `null` where there are none. */
  readonly resampled: ResampledFile | null;
  readonly set: TensorsSetOptions;
  readonly seed: string;
  /** Objects of a training batch, and of a validation batch. */
  readonly batch: number;
  readonly validationBatch: number;
  /** Which rows of their files take part. */
  readonly trainingRows: readonly number[];
  readonly validationRows: readonly number[];
  readonly augmentation: AugmentationConfig;
  readonly augmented: AugmentedInputs;
  readonly dropoutSites: readonly DropoutSite[];
  /** Names of the inputs that a batch has, those of the second view with their prefix. */
  readonly inputs: readonly string[];
}

export interface BatchFiles {
  readonly training: string;
  /** Another file with validation rows; `null` where they are in the same one. */
  readonly validation: string | null;
}

/** Names one batch of a training; what it holds depends on this and the plan alone. */
export type BatchRequest =
  | {
      readonly use: 'training';
      /** 0 for the first. */
      readonly epoch: number;
      /** Within the epoch, 0 for the first. */
      readonly index: number;
      /** Of the whole training, 1 for the first. */
      readonly step: number;
    }
  | { readonly use: 'validation'; readonly index: number };

export interface BatchPosition {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batch: number;
  /** Steps of the whole training that are done. */
  readonly step: number;
}

/** Every batch from a position on, without end: those of an epoch, then those that it is validated by. */
export function* batchRequests(
  { epoch: firstEpoch, batch: firstBatch, step: stepsDone }: BatchPosition,
  { training, validation }: { readonly training: number; readonly validation: number },
): Generator<BatchRequest, never, undefined> {
  let step = stepsDone;
  for (let epoch = firstEpoch; ; epoch++) {
    for (let index = epoch === firstEpoch ? firstBatch : 0; index < training; index++)
      yield { use: 'training', epoch, index, step: ++step };
    for (let index = 0; index < validation; index++) yield { use: 'validation', index };
  }
}
