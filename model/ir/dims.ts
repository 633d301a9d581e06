import { illegal } from './op.ts';
import type { Dim, Shape, ValueType } from './types.ts';

const SYMBOL = /^([a-zA-Z]\w*)(?:([+-])(\d+))?$/;

/** `base` and `offset` of a symbolic size: `length+2` is 2 more than `length`. */
export function symbolParts(dim: string): { readonly base: string; readonly offset: number } {
  const match = SYMBOL.exec(dim);
  if (match?.[1] === undefined)
    throw new TypeError(
      `Cannot read a size as it must be a name, with + or - an integer: current value is "${dim}"`,
    );
  return { base: match[1], offset: Number(match[3] ?? 0) * (match[2] === '-' ? -1 : 1) };
}

/** A size made longer or shorter by `amount`. */
export function dimPlus(dim: Dim, amount: number): Dim {
  if (typeof dim === 'number') return dim + amount;
  const { base, offset } = symbolParts(dim);
  const total = offset + amount;
  if (total === 0) return base;
  return `${base}${total > 0 ? '+' : '-'}${Math.abs(total)}`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function shapeText(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function typeText({ dtype, shape }: ValueType): string {
  return `${dtype}${shapeText(shape)}`;
}

/** Product of the sizes of a shape without symbols; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Throws if a size is neither a symbol nor a non-negative integer. */
export function checkShape(shape: Shape): void {
  for (const dim of shape) {
    if (typeof dim === 'string') symbolParts(dim);
    else if (!Number.isSafeInteger(dim) || dim < 0) illegal('sizes are non-negative integers', String(dim));
  }
}

/** The shape that two operands have together by numpy's rule: aligned at the end, 1 stretches, a symbol meets only itself. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    return illegal('shapes must broadcast (equal sizes, or 1)', `${shapeText(a)} with ${shapeText(b)}`);
  });
}

/** The size of an axis, which must exist. */
export function dimOf(shape: Shape, axis: number): Dim {
  const dim = shape[axis];
  if (!Number.isInteger(axis) || axis < 0 || dim === undefined)
    return illegal(`an axis must be within 0…${shape.length - 1}`, String(axis));
  return dim;
}

/** The size of an axis, which must be a number. */
export function staticDimOf(shape: Shape, axis: number): number {
  const dim = dimOf(shape, axis);
  return typeof dim === 'number' ? dim : illegal(`the size of axis ${axis} must be a number`, `"${dim}"`);
}

/** `shape` with the size of one axis replaced. */
export function withDim(shape: Shape, axis: number, dim: Dim): Shape {
  return shape.map((old, i) => (i === axis ? dim : old));
}
