import type { Graph, NamedValue, Value } from '../types.ts';
import { removeDeadCode } from './remove-dead-code.ts';

/** One graph as two, of which the second goes on from the first. */
export interface SplitGraph {
  /** Gives the outputs that were asked for, and as `cut.0`, `cut.1`, … what else the rest reads of it. */
  readonly first: Graph;
  /** Gives the other outputs; takes all inputs of the whole and, under the same names, outputs of the first. */
  readonly rest: Graph;
}

/**
 * Splits a graph at some of its outputs: what they need is the first part, every other node that an output needs is in
 * the rest, so that nothing is computed twice. The values of both are those of the whole.
 *
 * @param outputs names of the outputs that the first part gives; one at least, and not all
 * @complexity O(nodes and their operands)
 */
export function splitGraph(graph: Graph, outputs: ReadonlySet<string>): SplitGraph {
  const asked = graph.outputs.filter(({ name }) => outputs.has(name));
  const others = graph.outputs.filter(({ name }) => !outputs.has(name));
  const first = removeDeadCode({ ...graph, outputs: asked });
  const given = new Set<Value>(first.nodes.flatMap(({ results }) => results));
  const firstNodes = new Set(first.nodes);
  const live = removeDeadCode({ ...graph, outputs: others });
  const nodes = live.nodes.filter((node) => !firstNodes.has(node));
  const read = [...nodes.flatMap(({ operands }) => operands), ...others.map(({ value }) => value)];
  const cut = nameCut(
    new Set(read.filter((value) => given.has(value))),
    new Map(asked.map(({ name, value }) => [value, name])),
  );
  const further = cut.filter(({ name }) => !outputs.has(name));
  return {
    first: { ...first, outputs: [...asked, ...further] },
    rest: removeDeadCode({ ...live, inputs: [...graph.inputs, ...cut], nodes }),
  };
}

/** The values between both parts, under the names of outputs where they are outputs already. */
function nameCut(values: ReadonlySet<Value>, known: ReadonlyMap<Value, string>): readonly NamedValue[] {
  let count = 0;
  return [...values].map((value) => ({ name: known.get(value) ?? `cut.${count++}`, value }));
}
