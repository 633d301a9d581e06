import { sameShape, symbolParts, typeText } from './dims.ts';
import { inferTypes } from './rules.ts';
import type { Graph, NamedValue, Node, Value } from './types.ts';

/**
 * Throws unless a graph is legal: every operand defined before its use, every recorded type what the op's rule infers,
 * names unique, every symbol bound by an input, at least one output.
 *
 * @throws TypeError naming the first illegal node and why
 */
export function verifyGraph(graph: Graph): void {
  const defined = new Set<Value>();
  const define = (value: Value, what: string): void => {
    if (defined.has(value)) fault(what, 'a value must be defined once', `value ${value.id}`);
    defined.add(value);
  };
  for (const { name, value } of [...graph.inputs, ...graph.parameters]) define(value, `"${name}"`);
  for (const { value } of graph.constants) define(value, 'a constant');
  graph.nodes.forEach((node, index) => {
    const what = `node ${index} (${node.op})`;
    for (const operand of node.operands) {
      if (!defined.has(operand))
        fault(what, 'its operands must be defined before it', `value ${operand.id} (${typeText(operand)})`);
    }
    checkTypes(node, what);
    for (const result of node.results) define(result, what);
  });
  for (const { name, value } of graph.outputs) {
    if (!defined.has(value)) fault(`output "${name}"`, 'its value must be defined', `value ${value.id}`);
  }
  if (graph.outputs.length === 0) fault(`graph "${graph.name}"`, 'it must have an output', 'none');
  checkNames([...graph.inputs, ...graph.parameters, ...graph.outputs]);
  checkSymbols(graph);
}

function fault(what: string, rule: string, current: string): never {
  throw new TypeError(`Cannot accept ${what} as ${rule}: current value is ${current}`);
}

function checkTypes(node: Node, what: string): void {
  const inferred = inferTypes(node.op, node.operands, node.attributes);
  const agrees =
    inferred.length === node.results.length &&
    inferred.every((type, i) => {
      const recorded = node.results[i]!;
      return type.dtype === recorded.dtype && sameShape(type.shape, recorded.shape);
    });
  if (!agrees)
    fault(
      what,
      `its results must be ${inferred.map(typeText).join(', ')}`,
      node.results.map(typeText).join(', '),
    );
}

function checkNames(values: readonly NamedValue[]): void {
  const seen = new Set<string>();
  for (const { name } of values) {
    if (name === '' || name.startsWith('%') || seen.has(name))
      fault('a name', 'names must be unique, not empty and not begin with "%"', `"${name}"`);
    seen.add(name);
  }
}

/** A symbol that no input binds has no size at run time. */
function checkSymbols({ inputs, nodes }: Graph): void {
  const symbolsOf = (value: Value): string[] =>
    value.shape.filter((dim) => typeof dim === 'string').map((dim) => symbolParts(dim).base);
  const bound = new Set(inputs.flatMap(({ value }) => symbolsOf(value)));
  nodes.forEach((node, index) => {
    const free = node.results.flatMap(symbolsOf).find((symbol) => !bound.has(symbol));
    if (free !== undefined)
      fault(`node ${index} (${node.op})`, 'an input must bind every symbol', `"${free}"`);
  });
}
