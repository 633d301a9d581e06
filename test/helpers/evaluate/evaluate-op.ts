import type { DType } from '../../../model/index.ts';
import type { Op, OpAttributes } from '../../../model/ir/op.ts';
import type { NumberTensor } from './number-tensor.ts';

/** One application of one op to numbers. */
export interface Application<K extends Op> {
  readonly operands: readonly NumberTensor[];
  readonly attributes: OpAttributes[K];
  /** Element type of the first result. */
  readonly dtype: DType;
  /** Shapes of the results, symbols resolved. */
  readonly shapes: readonly (readonly number[])[];
}

/** What an op computes, written from its definition and not from how ONNX Runtime is told to. */
export type Evaluate<K extends Op> = (application: Application<K>) => readonly NumberTensor[];

/** The operand at an index, which the op's rule has made sure of. */
export function operandAt({ operands }: Pick<Application<Op>, 'operands'>, index: number): NumberTensor {
  const operand = operands[index];
  if (operand === undefined)
    throw new RangeError(
      `Cannot evaluate an op as it needs operand ${index}: current value is ${operands.length} operands`,
    );
  return operand;
}

/** Shape of the result at an index; an op has one at least. */
export function shapeAt({ shapes }: Pick<Application<Op>, 'shapes'>, index = 0): readonly number[] {
  const shape = shapes[index];
  if (shape === undefined)
    throw new RangeError(
      `Cannot evaluate an op as it needs result ${index}: current value is ${shapes.length} results`,
    );
  return shape;
}

/** The size of an axis. */
export function sizeOf({ shape }: Pick<NumberTensor, 'shape'>, axis: number): number {
  const size = shape.at(axis);
  if (size === undefined)
    throw new RangeError(
      `Cannot evaluate an op as it needs axis ${axis}: current value is [${shape.join(', ')}]`,
    );
  return size;
}
