import type { DType } from './types.ts';

/** ONNX's numbers of the element types (TensorProto.DataType). */
export const ONNX_DTYPE: { readonly [D in DType]: number } = { float32: 1, int64: 7, bool: 9 };
