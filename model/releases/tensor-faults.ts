import type { TensorInfo } from '../safetensors/header.ts';
import type { Tensor, Tensors } from '../tensor.ts';

/** Names listed in one message. */
const LISTED_MAX = 5;

/** `"a", "b" and 3 more` */
export function listNames(names: readonly string[]): string {
  const listed = names.slice(0, LISTED_MAX).map((name) => `"${name}"`);
  const more = names.length - listed.length;
  return more > 0 ? `${listed.join(', ')} and ${more} more` : listed.join(', ');
}

/** `float32[2, 3]` */
export function tensorText({ dtype, shape }: TensorInfo): string {
  return `${dtype}[${shape.join(', ')}]`;
}

/**
 * What is wrong with tensors against what is expected: missing ones, then wrong types or shapes, then values that are not
 * finite. Others than the expected are not looked at.
 *
 * @returns one clause, or `null` if all is well
 */
export function tensorsFault(tensors: Tensors, expected: ReadonlyMap<string, TensorInfo>): string | null {
  const missing = [...expected.keys()].filter((name) => !tensors.has(name));
  if (missing.length > 0) return `missing are ${listNames(missing)}`;
  for (const [name, info] of expected) {
    const tensor = tensors.get(name)!;
    if (tensor.dtype !== info.dtype || tensor.shape.join() !== info.shape.join())
      return `"${name}" must be ${tensorText(info)}: current value is ${tensorText(tensor)}`;
    if (!isFiniteTensor(tensor)) return `the values of "${name}" must be finite`;
  }
  return null;
}

/** Whether every element is a finite number; integers always are. */
export function isFiniteTensor({ data }: Tensor): boolean {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return true;
  return data.every((value) => Number.isFinite(value));
}
