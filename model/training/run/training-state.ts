import { z } from 'zod';
import { lossScaleSchema } from '../step/loss-scale.ts';
import { scheduleStateSchema } from '../../optimisers/schedules.ts';

const count = z.int().nonnegative();

/** How far a training has come, beside its tensors; plain JSON, part of a checkpoint. */
export const trainingStateSchema = z
  .strictObject({
    /** Steps done. */
    step: count,
    /** Steps that changed the weights; with mixed precision some do not. */
    updates: count,
    /** Epochs done. */
    epoch: count,
    /** Batches of the epoch under way that are done. */
    batch: count,
    schedule: scheduleStateSchema,
    /** Of the epoch under way: the sum of its steps' losses. */
    lossSum: z.number(),
    /** The epoch that ended with the smallest loss, and the file with its weights; null before the first. */
    best: z
      .strictObject({ epoch: count, step: count, loss: z.number(), file: z.string(), sha256: z.string() })
      .readonly()
      .nullable(),
    /** With mixed precision. */
    lossScale: lossScaleSchema,
    /** Epochs since the best one. */
    epochsWithoutGain: count,
  })
  .readonly();

export type TrainingState = z.infer<typeof trainingStateSchema>;
