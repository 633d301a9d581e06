import { elementCount } from '../../../model/ir/dims.ts';
import type { Tensor } from '../../../model/index.ts';
import { numbersOf } from '../run-graph.ts';

/** A tensor of any element type as float64, row-major: booleans are 0 and 1, int64 is exact up to 2⁵³. */
export interface NumberTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The same elements as numbers. */
export function numberTensorOf(tensor: Tensor): NumberTensor {
  return { shape: tensor.shape, data: Float64Array.from(numbersOf(tensor)) };
}

/** Every index of a shape, row-major; the one of a scalar is empty. */
export function* positions(shape: readonly number[]): Generator<readonly number[]> {
  const position = new Array<number>(shape.length).fill(0);
  for (let left = elementCount(shape); left > 0; left--) {
    yield [...position];
    advance(position, shape);
  }
}

/** Turns an index into the next one, row-major; the last into the first. */
function advance(position: number[], shape: readonly number[]): void {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (position[axis] ?? 0) + 1;
    if (next < (shape[axis] ?? 0)) {
      position[axis] = next;
      return;
    }
    position[axis] = 0;
  }
}

/** The tensor of a shape whose element at each index is `elementAt` it. */
export function fill(
  shape: readonly number[],
  elementAt: (position: readonly number[]) => number,
): NumberTensor {
  const data = new Float64Array(elementCount(shape));
  let element = 0;
  for (const position of positions(shape)) data[element++] = elementAt(position);
  return { shape, data };
}

/**
 * The element at an index, which may be of a shape that the tensor stretches to by numpy's rule.
 *
 * @throws RangeError if the index lies outside
 */
export function read({ shape, data }: NumberTensor, position: readonly number[]): number {
  return data[offsetOf(shape, position)] ?? Number.NaN;
}

/** Where the element at an index stands, row-major; axes of size 1 and missing leading axes take any index. */
export function offsetOf(shape: readonly number[], position: readonly number[]): number {
  const missing = position.length - shape.length;
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const size = shape[axis] ?? 0;
    const index = size === 1 ? 0 : (position[missing + axis] ?? -1);
    if (!Number.isInteger(index) || index < 0 || index >= size)
      throw new RangeError(
        `Cannot read an element as its index must lie within [${shape.join(', ')}]: current value is [${position.join(', ')}]`,
      );
    offset = offset * size + index;
  }
  return offset;
}

/** One fold over `axes`, which stay with size 1: `combine` from `start` on, in row-major order. */
export function fold(
  x: NumberTensor,
  axes: readonly number[],
  { start, combine }: { readonly start: number; readonly combine: (folded: number, x: number) => number },
): NumberTensor {
  const shape = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const data = new Float64Array(elementCount(shape)).fill(start);
  for (const position of positions(x.shape)) {
    const offset = offsetOf(shape, position);
    data[offset] = combine(data[offset] ?? Number.NaN, read(x, position));
  }
  return { shape, data };
}

/** Sum over `axes`, which stay with size 1. */
export function sumOver(x: NumberTensor, axes: readonly number[]): NumberTensor {
  return fold(x, axes, { start: 0, combine: (sum, value) => sum + value });
}

/** Maximum over `axes`, which stay with size 1. */
export function maximumOver(x: NumberTensor, axes: readonly number[]): NumberTensor {
  return fold(x, axes, { start: Number.NEGATIVE_INFINITY, combine: Math.max });
}

/** f(x, y, …) element by element in a shape that all stretch to. */
export function zipped(
  tensors: readonly NumberTensor[],
  shape: readonly number[],
  f: (...elements: readonly number[]) => number,
): NumberTensor {
  return fill(shape, (position) => f(...tensors.map((tensor) => read(tensor, position))));
}

/** Σ f(i) over i = 0 … count − 1. */
export function sumOf(count: number, f: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += f(i);
  return sum;
}
