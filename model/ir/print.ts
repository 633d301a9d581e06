import { typeText } from './dims.ts';
import type { ConstantData, Graph, Node, Value } from './types.ts';

/** Elements of a constant that are printed; longer ones end in their count. */
const PRINTED_ELEMENTS_MAX = 8;

/**
 * A graph as text, one line per value: inputs and parameters by name, constants as %c0, %c1, …, results as %0, %1, …
 * in order of nodes. Equal graphs print the same.
 *
 * @example
 * graph tiny
 *   input x: float32[batch, 3]
 *   parameter w: float32[2, 3]
 *   %0 = transpose(w) {permutation: [1, 0]}: float32[3, 2]
 *   %1 = matmul(x, %0): float32[batch, 2]
 *   output y = %1
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>();
  const nameOf = (value: Value): string => names.get(value) ?? '%?';
  const lines = [`graph ${graph.name}`];
  const declare = (kind: string, named: Graph['inputs']): void => {
    for (const { name, value } of named) {
      names.set(value, name);
      lines.push(`  ${kind} ${name}: ${typeText(value)}`);
    }
  };
  declare('input', graph.inputs);
  declare('parameter', graph.parameters);
  graph.constants.forEach(({ value, data }, i) => {
    names.set(value, `%c${i}`);
    lines.push(`  constant %c${i}: ${typeText(value)} = ${elementsText(data)}`);
  });
  let results = 0;
  for (const node of graph.nodes) {
    for (const value of node.results) names.set(value, `%${results++}`);
    const operands = node.operands.map(nameOf).join(', ');
    const types = node.results.map(typeText).join(', ');
    lines.push(
      `  ${node.results.map(nameOf).join(', ')} = ${node.op}(${operands})${attributesText(node)}: ${types}`,
    );
  }
  for (const { name, value } of graph.outputs) lines.push(`  output ${name} = ${nameOf(value)}`);
  return `${lines.join('\n')}\n`;
}

function elementsText(data: ConstantData): string {
  const shown = Array.from(data.subarray(0, PRINTED_ELEMENTS_MAX), String).join(', ');
  return data.length > PRINTED_ELEMENTS_MAX ? `${shown}, … (${data.length})` : shown;
}

function attributesText(node: Node): string {
  const entries = Object.entries(node.attributes as Readonly<Record<string, unknown>>);
  if (entries.length === 0) return '';
  return ` {${entries.map(([name, value]) => `${name}: ${attributeText(value)}`).join(', ')}}`;
}

function attributeText(value: unknown): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
