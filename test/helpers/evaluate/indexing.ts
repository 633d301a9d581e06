import type { Op } from '../../../model/ir/op.ts';
import { operandAt, shapeAt, sizeOf } from './evaluate-op.ts';
import type { Evaluate } from './evaluate-op.ts';
import { fill, offsetOf, positions, read } from './number-tensor.ts';

const gather: Evaluate<'gather'> = (application) => {
  const [data, indices] = [operandAt(application, 0), operandAt(application, 1)];
  const { axis } = application.attributes;
  const end = axis + indices.shape.length;
  const y = fill(shapeAt(application), (position) => {
    const index = read(indices, position.slice(axis, end));
    return read(data, [...position.slice(0, axis), index, ...position.slice(end)]);
  });
  return [y];
};

const gatherElements: Evaluate<'gatherElements'> = (application) => {
  const [data, indices] = [operandAt(application, 0), operandAt(application, 1)];
  const { axis } = application.attributes;
  const y = fill(shapeAt(application), (position) =>
    read(data, position.with(axis, read(indices, position))),
  );
  return [y];
};

const scatterElements: Evaluate<'scatterElements'> = (application) => {
  const [data, indices, updates] = [
    operandAt(application, 0),
    operandAt(application, 1),
    operandAt(application, 2),
  ];
  const { axis, reduction } = application.attributes;
  const y = data.data.slice();
  for (const position of positions(indices.shape)) {
    const offset = offsetOf(data.shape, position.with(axis, read(indices, position)));
    const old = reduction === 'add' ? (y[offset] ?? Number.NaN) : 0;
    y[offset] = old + read(updates, position);
  }
  return [{ shape: data.shape, data: y }];
};

/** Of equal elements the one with the lower index comes first, since the sort is stable. */
const topK: Evaluate<'topK'> = (application) => {
  const x = operandAt(application, 0);
  const { axis } = application.attributes;
  const indices = fill(shapeAt(application, 1), (position) => {
    const element = (index: number): number => read(x, position.with(axis, index));
    const order = Array.from({ length: sizeOf(x, axis) }, (_, index) => index);
    order.sort((a, b) => element(b) - element(a));
    return order[position[axis] ?? -1] ?? Number.NaN;
  });
  const values = fill(shapeAt(application), (position) =>
    read(x, position.with(axis, read(indices, position))),
  );
  return [values, indices];
};

const oneHot: Evaluate<'oneHot'> = (application) => {
  const indices = operandAt(application, 0);
  const y = fill(shapeAt(application), (position) =>
    Number(read(indices, position.slice(0, -1)) === position.at(-1)),
  );
  return [y];
};

/** Ops that pick and place elements by index. */
export const INDEXING = { gather, gatherElements, scatterElements, topK, oneHot } satisfies {
  readonly [K in Op]?: Evaluate<K>;
};
