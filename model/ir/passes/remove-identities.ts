import { sameShape } from '../dims.ts';
import type { Graph, Node, Value } from '../types.ts';

/**
 * The same function without nodes that give their operand as it is: reshapes and broadcasts to the shape that is there,
 * slices of everything, padding by nothing, transpositions that move no axis, casts to the same element type.
 *
 * @complexity O(nodes and their operands)
 */
export function removeIdentities(graph: Graph): Graph {
  const standIns = new Map<Value, Value>();
  const standIn = (value: Value): Value => standIns.get(value) ?? value;
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const rewritten = { ...node, operands: node.operands.map(standIn) };
    if (isIdentity(rewritten)) standIns.set(rewritten.results[0]!, rewritten.operands[0]!);
    else nodes.push(rewritten);
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: standIn(value) }));
  return { ...graph, nodes, outputs };
}

/** Ops that keep every element in its order, so that the shape says whether they do anything. */
const KEEPING_ORDER: ReadonlySet<Node['op']> = new Set(['reshape', 'broadcastTo', 'slice', 'pad']);

function isIdentity({ op, operands, attributes, results }: Node): boolean {
  const [from, to] = [operands[0]!, results[0]!];
  if (KEEPING_ORDER.has(op)) return sameShape(from.shape, to.shape);
  if (op === 'transpose') return attributes.permutation.every((axis, i) => axis === i);
  return op === 'cast' && from.dtype === to.dtype;
}
