import type { Op } from '../../../model/ir/op.ts';
import { operandAt, shapeAt, sizeOf } from './evaluate-op.ts';
import type { Evaluate } from './evaluate-op.ts';
import { fill, read, zipped } from './number-tensor.ts';

/** Axis i of the result is axis permutation[i] of the operand. */
const transpose: Evaluate<'transpose'> = (application) => {
  const x = operandAt(application, 0);
  const { permutation } = application.attributes;
  const y = fill(shapeAt(application), (position) => {
    const from = permutation.map((_, axis) => position[permutation.indexOf(axis)] ?? -1);
    return read(x, from);
  });
  return [y];
};

const reshape: Evaluate<'reshape'> = (application) => [
  { shape: shapeAt(application), data: operandAt(application, 0).data },
];

const broadcastTo: Evaluate<'broadcastTo'> = (application) => [
  zipped(application.operands, shapeAt(application), (x = Number.NaN) => x),
];

const concat: Evaluate<'concat'> = (application) => {
  const { axis } = application.attributes;
  const y = fill(shapeAt(application), (position) => {
    let index = position[axis] ?? -1;
    for (const operand of application.operands) {
      const size = sizeOf(operand, axis);
      if (index < size) return read(operand, position.with(axis, index));
      index -= size;
    }
    return Number.NaN;
  });
  return [y];
};

const slice: Evaluate<'slice'> = (application) => {
  const x = operandAt(application, 0);
  const { axis, start, step } = application.attributes;
  const first = start < 0 ? sizeOf(x, axis) + start : start;
  const y = fill(shapeAt(application), (position) =>
    read(x, position.with(axis, first + step * (position[axis] ?? -1))),
  );
  return [y];
};

const pad: Evaluate<'pad'> = (application) => {
  const x = operandAt(application, 0);
  const { axis, before, value } = application.attributes;
  const y = fill(shapeAt(application), (position) => {
    const index = (position[axis] ?? -1) - before;
    return index < 0 || index >= sizeOf(x, axis) ? value : read(x, position.with(axis, index));
  });
  return [y];
};

/** Ops that move elements without changing them. */
export const SHAPES = { transpose, reshape, broadcastTo, concat, slice, pad } satisfies {
  readonly [K in Op]?: Evaluate<K>;
};
