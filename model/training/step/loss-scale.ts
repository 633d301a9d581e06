import { z } from 'zod';

/** Where the scale of the backward pass stands; plain JSON, part of a checkpoint. */
export const lossScaleSchema = z
  .strictObject({
    scale: z.number().min(1),
    /** Steps since the scale last changed. */
    steady: z.int().nonnegative(),
  })
  .readonly();

export type LossScale = z.infer<typeof lossScaleSchema>;

/** The scale of the first step; where it is too large, the first steps are left out until it is not. */
export const LOSS_SCALE_START: LossScale = { scale: 2 ** 15, steady: 0 };

const SCALE_MAX = 2 ** 24;

/** Steps without overflow after which a larger scale is tried. */
const STEADY_STEPS = 2000;

/**
 * The scale of the next step: half of it after a step whose gradient was not finite, twice after many that were.
 *
 * @returns `null` if it cannot get smaller: then the scale is not what is wrong
 * @source Micikevicius et al. 2018, arXiv:1710.03740, section 3.2, with PyTorch's constants
 */
export function nextLossScale({ scale, steady }: LossScale, isFinite: boolean): LossScale | null {
  if (!isFinite) return scale > 1 ? { scale: scale / 2, steady: 0 } : null;
  if (steady + 1 < STEADY_STEPS) return { scale, steady: steady + 1 };
  return { scale: Math.min(SCALE_MAX, 2 * scale), steady: 0 };
}
