import { z } from 'zod';
import type { TensorInfo } from '../safetensors/header.ts';

/** The head's tensors among a release's weights. */
export const HEAD_TENSORS = { weight: 'head.weight', bias: 'head.bias' } as const;

/** Classes that the linear map `head.weight`, `head.bias` of an object's mean unit embedding tells apart. */
export const classHeadSchema = z
  .strictObject({
    classes: z.array(z.string().min(1)).min(2).max(10_000),
    /** What the mean embedding is multiplied by before the map. */
    logitScale: z.number().positive().default(1),
  })
  .nullable()
  .default(null);

export type ClassHeadPart = z.infer<typeof classHeadSchema>;

/** Type and shape of a head's tensors; none without a head. */
export function headTensors(head: ClassHeadPart, dimensions: number): ReadonlyMap<string, TensorInfo> {
  if (head === null) return new Map();
  const classes = head.classes.length;
  return new Map<string, TensorInfo>([
    [HEAD_TENSORS.weight, { dtype: 'float32', shape: [classes, dimensions] }],
    [HEAD_TENSORS.bias, { dtype: 'float32', shape: [classes] }],
  ]);
}
