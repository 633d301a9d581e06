import { shapeText, typeText } from '../dims.ts';
import { illegal } from '../op.ts';
import type { DType, ValueType } from '../types.ts';

/** The only operand. */
export function one(operands: readonly ValueType[]): ValueType {
  const [operand] = operands;
  if (operand === undefined || operands.length !== 1) return wrongCount('1', operands);
  return operand;
}

/** The two operands. */
export function two(operands: readonly ValueType[]): readonly [ValueType, ValueType] {
  const [a, b] = operands;
  if (a === undefined || b === undefined || operands.length !== 2) return wrongCount('2', operands);
  return [a, b];
}

/** The three operands. */
export function three(operands: readonly ValueType[]): readonly [ValueType, ValueType, ValueType] {
  const [a, b, c] = operands;
  if (a === undefined || b === undefined || c === undefined || operands.length !== 3)
    return wrongCount('3', operands);
  return [a, b, c];
}

/** Throws unless the operand has this element type. */
export function requireDType(operand: ValueType, dtype: DType): void {
  if (operand.dtype !== dtype) illegal(`the operand must be ${dtype}`, typeText(operand));
}

/** Throws unless both operands have the same element type. */
export function requireSameDType(a: ValueType, b: ValueType): void {
  if (a.dtype !== b.dtype) illegal('element types must agree', `${a.dtype} with ${b.dtype}`);
}

/** Throws unless the operand has this many axes. */
export function requireRank(operand: ValueType, rank: number): void {
  if (operand.shape.length !== rank) illegal(`the operand must have ${rank} axes`, shapeText(operand.shape));
}

function wrongCount(expected: string, operands: readonly ValueType[]): never {
  return illegal(`it takes ${expected} operand(s)`, `${operands.length}`);
}
