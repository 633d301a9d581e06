import type { Graph, Node, Value } from '../types.ts';

/**
 * The same function without the nodes and constants that no output needs. Inputs and parameters stay, read or not: who
 * runs the graph feeds them.
 *
 * @complexity O(nodes and their operands)
 */
export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.results.some((result) => needed.has(result))) continue;
    for (const operand of node.operands) needed.add(operand);
    nodes.push(node);
  }
  return {
    ...graph,
    constants: graph.constants.filter(({ value }) => needed.has(value)),
    nodes: nodes.reverse(),
  };
}
