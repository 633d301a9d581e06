import { HEAD_TENSORS } from './releases/class-head-part.ts';
import type { Release } from './releases/release.ts';

/** A release's linear map from an object's mean unit embedding to the logits of classes. */
export interface ClassHead {
  readonly classes: readonly string[];
  readonly dimensions: number;
  readonly logitScale: number;
  /** [classes × dimensions] */
  readonly weight: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** @returns `null` if the release has none */
export function classHeadOf({ manifest, weights }: Release): ClassHead | null {
  const { head } = manifest.model;
  if (head === null) return null;
  const [weight, bias] = [weights.get(HEAD_TENSORS.weight), weights.get(HEAD_TENSORS.bias)];
  if (weight?.dtype !== 'float32' || bias?.dtype !== 'float32')
    throw new TypeError(`Cannot use the head of release "${manifest.name}" as its tensors must be float32`);
  return {
    classes: head.classes,
    logitScale: head.logitScale,
    dimensions: weight.shape[1] ?? 0,
    weight: weight.data,
    bias: bias.data,
  };
}

/**
 * Logits of an object's classes.
 *
 * @param vectors unit embeddings of the modalities that it has, [dimensions] each; at least one
 * @returns [classes]
 */
export function classLogitsOf(head: ClassHead, vectors: readonly Float32Array[]): Float64Array {
  const { dimensions, logitScale, weight, bias, classes } = head;
  const mean = new Float64Array(dimensions);
  for (const vector of vectors)
    for (let d = 0; d < dimensions; d++) mean[d]! += (logitScale * vector[d]!) / vectors.length;
  return Float64Array.from(classes, (_, c) => {
    let logit = bias[c]!;
    for (let d = 0; d < dimensions; d++) logit += weight[c * dimensions + d]! * mean[d]!;
    return logit;
  });
}
