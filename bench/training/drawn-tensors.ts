import { Random } from '../../core/index.ts';
import { float32Tensor } from '../../model/index.ts';
import type { TensorOf } from '../../model/index.ts';

/** Standard normal numbers from a seed. */
export function drawn(seed: string, shape: readonly number[]): TensorOf<'float32'> {
  const random = new Random(seed);
  const { data } = filled(shape, 0);
  return float32Tensor(
    data.map(() => random.normal()),
    shape,
  );
}

/** The same number everywhere. */
export function filled(shape: readonly number[], value: number): TensorOf<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1);
  return float32Tensor(new Float32Array(count).fill(value), shape);
}

/** One number, of shape []. */
export function scalar(value: number): TensorOf<'float32'> {
  return filled([], value);
}
