import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';

/**
 * Every value that some others are computed from, themselves among them. What is not a source of a loss has no part in it,
 * unlike what has a gradient of zeros.
 *
 * @complexity O(nodes and their operands)
 */
export function sourcesOf(g: GraphBuilder, values: readonly Value[]): ReadonlySet<Value> {
  const sources = new Set(values);
  for (const { operands, results } of g.nodes.toReversed()) {
    if (!results.some((result) => sources.has(result))) continue;
    for (const operand of operands) sources.add(operand);
  }
  return sources;
}
