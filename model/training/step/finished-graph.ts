import type { GraphBuilder } from '../../ir/builder.ts';
import { optimised } from '../../ir/passes/optimised.ts';
import type { Graph, Value } from '../../ir/types.ts';

/** What was built as a training runs it: optimised, and parameters as inputs, without those that nothing reads. */
export function finishedGraph(g: GraphBuilder): Graph {
  const graph = optimised(g.build());
  const read = new Set<Value>([
    ...graph.outputs.map(({ value }) => value),
    ...graph.nodes.flatMap(({ operands }) => operands),
  ]);
  return withoutParameters({ ...graph, parameters: graph.parameters.filter(({ value }) => read.has(value)) });
}

/** The same graph with its parameters as inputs. */
export function withoutParameters(graph: Graph): Graph {
  return { ...graph, inputs: [...graph.inputs, ...graph.parameters], parameters: [] };
}
