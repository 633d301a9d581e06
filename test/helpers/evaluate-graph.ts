import { symbolParts } from '../../model/ir/dims.ts';
import type { Op } from '../../model/ir/op.ts';
import type { Graph, Shape, Value } from '../../model/index.ts';
import type { NodeOf } from '../../model/ir/types.ts';
import { ELEMENTWISE } from './evaluate/elementwise.ts';
import type { Evaluate } from './evaluate/evaluate-op.ts';
import { INDEXING } from './evaluate/indexing.ts';
import { LINEAR } from './evaluate/linear.ts';
import type { NumberTensor } from './evaluate/number-tensor.ts';
import { REDUCTIONS } from './evaluate/reductions.ts';
import { SHAPES } from './evaluate/shapes.ts';

/** Every op in float64: an op without an evaluation does not compile. */
const EVALUATIONS: { readonly [K in Op]: Evaluate<K> } = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...LINEAR,
  ...SHAPES,
  ...INDEXING,
};

/**
 * What a graph computes in float64, node by node: a second opinion on ONNX Runtime, and precise enough for central
 * differences. Constants and attributes are what the graph holds, so float32 constants stay rounded.
 *
 * @param feeds every input and parameter by name, in shapes that bind each symbol to one size
 * @returns the outputs by name
 * @throws RangeError if a feed is missing or does not fit its shape
 */
export function evaluateGraph(
  graph: Graph,
  feeds: ReadonlyMap<string, NumberTensor>,
): ReadonlyMap<string, NumberTensor> {
  const sizes = new Map<string, number>();
  const tensors = new Map<Value, NumberTensor>();
  for (const { name, value } of [...graph.inputs, ...graph.parameters]) {
    const tensor = feeds.get(name);
    if (tensor === undefined) fault(name, `${value.dtype}[${value.shape.join(', ')}] must be fed`, 'nothing');
    bindSymbols({ name, shape: value.shape, tensor, sizes });
    tensors.set(value, tensor);
  }
  for (const { value, data } of graph.constants) {
    tensors.set(value, { shape: resolve(value.shape, sizes), data: Float64Array.from(data, Number) });
  }
  const known = (value: Value): NumberTensor => {
    const tensor = tensors.get(value);
    return tensor ?? fault(`value ${value.id}`, 'it must be defined before its use', 'undefined');
  };
  for (const node of graph.nodes) {
    const results = evaluateNode(node, node.operands.map(known), sizes);
    node.results.forEach((value, i) => {
      const result = results[i];
      if (result !== undefined) tensors.set(value, result);
    });
  }
  return new Map(graph.outputs.map(({ name, value }) => [name, known(value)]));
}

function fault(what: string, rule: string, current: string): never {
  throw new RangeError(`Cannot evaluate "${what}" as ${rule}: current value is ${current}`);
}

function evaluateNode<K extends Op>(
  node: NodeOf<K>,
  operands: readonly NumberTensor[],
  sizes: ReadonlyMap<string, number>,
): readonly NumberTensor[] {
  const shapes = node.results.map(({ shape }) => resolve(shape, sizes));
  const dtype = node.results[0]?.dtype ?? 'float32';
  return EVALUATIONS[node.op]({ operands, attributes: node.attributes, dtype, shapes });
}

interface Fed {
  readonly name: string;
  readonly shape: Shape;
  readonly tensor: NumberTensor;
  /** Sizes of the symbols known so far, which this adds to. */
  readonly sizes: Map<string, number>;
}

/** Sizes of the symbols in a shape by what is fed for it; a symbol has one size in all inputs. */
function bindSymbols({ name, shape, tensor, sizes }: Fed): void {
  shape.forEach((dim, axis) => {
    if (typeof dim === 'number') return;
    const { base, offset } = symbolParts(dim);
    if (!sizes.has(base)) sizes.set(base, (tensor.shape[axis] ?? Number.NaN) - offset);
  });
  const wanted = resolve(shape, sizes);
  const isFit =
    wanted.length === tensor.shape.length &&
    wanted.every((size, axis) => size === tensor.shape[axis]) &&
    wanted.reduce((product, size) => product * size, 1) === tensor.data.length;
  if (!isFit)
    fault(
      name,
      `its shape must be [${wanted.join(', ')}]`,
      `[${tensor.shape.join(', ')}] of ${tensor.data.length} elements`,
    );
}

/** A shape with the sizes of its symbols; one that no input binds is not a number. */
function resolve(shape: Shape, sizes: ReadonlyMap<string, number>): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    const { base, offset } = symbolParts(dim);
    return (sizes.get(base) ?? Number.NaN) + offset;
  });
}
