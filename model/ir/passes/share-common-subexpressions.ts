import { bytesOf } from '../../endian.ts';
import { typeText } from '../dims.ts';
import type { Constant, Graph, Node, Value } from '../types.ts';

/**
 * The same function with one node where several have the same op, operands and attributes, and one constant where several
 * have the same type and bits. The first stays and stands for the others; inputs, parameters and the names of outputs are
 * as they were. No op draws random numbers, so that equal nodes have equal results.
 *
 * @complexity O(nodes, their operands, and elements of constants)
 */
export function shareCommonSubexpressions(graph: Graph): Graph {
  const sharing = new Sharing();
  const constants = graph.constants.filter((constant) => sharing.isNewConstant(constant));
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const rewritten = { ...node, operands: node.operands.map((operand) => sharing.of(operand)) };
    if (sharing.isNewNode(rewritten)) nodes.push(rewritten);
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: sharing.of(value) }));
  return { ...graph, constants, nodes, outputs };
}

/** Which value stands for which, by what has been seen so far. */
class Sharing {
  readonly #standIns = new Map<Value, Value>();
  readonly #seen = new Map<string, readonly Value[]>();
  readonly #numbers = new Map<Value, number>();

  /** What stands for a value: itself if nothing else does. */
  of(value: Value): Value {
    return this.#standIns.get(value) ?? value;
  }

  isNewConstant({ value, data }: Constant): boolean {
    const bits = Buffer.from(bytesOf(data)).toString('hex');
    return this.#isNew(`constant ${typeText(value)} ${bits}`, [value]);
  }

  /** @param node with operands that nothing else stands for */
  isNewNode({ op, operands, attributes, results }: Node): boolean {
    const numbers = operands.map((operand) => this.#number(operand)).join();
    return this.#isNew(`${op}(${numbers}) ${attributesKey(attributes)}`, results);
  }

  #isNew(key: string, values: readonly Value[]): boolean {
    const known = this.#seen.get(key);
    if (known === undefined) {
      this.#seen.set(key, values);
      return true;
    }
    values.forEach((value, i) => this.#standIns.set(value, known[i]!));
    return false;
  }

  #number(value: Value): number {
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return number;
  }
}

/** Equal for equal attributes, in whatever order they stand. */
function attributesKey(attributes: Node['attributes']): string {
  const entries = Object.entries(attributes as Readonly<Record<string, unknown>>);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(entries, (_, value: unknown) =>
    typeof value === 'number' ? numberKey(value) : value,
  );
}

/** JSON alone would take −0 for 0, and infinities and NaN for each other. */
function numberKey(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
