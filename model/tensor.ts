/** Array type of each element type; booleans are bytes 0 and 1. */
export interface TensorData {
  readonly float32: Float32Array<ArrayBuffer>;
  readonly float64: Float64Array<ArrayBuffer>;
  readonly int64: BigInt64Array<ArrayBuffer>;
  readonly int32: Int32Array<ArrayBuffer>;
  readonly uint8: Uint8Array<ArrayBuffer>;
  readonly bool: Uint8Array<ArrayBuffer>;
}
export type TensorDType = keyof TensorData;

/** A tensor with its elements in row-major order. */
export interface TensorOf<D extends TensorDType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: TensorData[D];
}
export type Tensor = { [D in TensorDType]: TensorOf<D> }[TensorDType];

/** Tensors by name. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** A float32 tensor; the number of elements must be the product of the shape. */
export function float32Tensor(
  data: Float32Array<ArrayBuffer>,
  shape: readonly number[],
): TensorOf<'float32'> {
  checkLength(data.length, shape);
  return { dtype: 'float32', shape, data };
}

/** An int64 tensor; the number of elements must be the product of the shape. */
export function int64Tensor(data: BigInt64Array<ArrayBuffer>, shape: readonly number[]): TensorOf<'int64'> {
  checkLength(data.length, shape);
  return { dtype: 'int64', shape, data };
}

function checkLength(length: number, shape: readonly number[]): void {
  const expected = shape.reduce((product, size) => product * size, 1);
  if (length !== expected)
    throw new RangeError(
      `Cannot make a tensor [${shape.join(', ')}] as it needs ${expected} elements: current value is ${length}`,
    );
}
