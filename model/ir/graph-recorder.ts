import { checkShape, elementCount } from './dims.ts';
import type { Op, OpAttributes } from './op.ts';
import { inferTypes } from './rules.ts';
import type {
  Constant,
  ConstantData,
  DType,
  Graph,
  NamedValue,
  Node,
  NodeOf,
  Shape,
  Value,
  ValueType,
} from './types.ts';
import { verifyGraph } from './verify.ts';

/**
 * Keeps what a graph is made of as it is written down: inputs, parameters, constants, nodes and outputs. Each result's type
 * is known, and each fault thrown, at once.
 */
export class GraphRecorder {
  readonly #name: string;
  readonly #inputs: NamedValue[] = [];
  readonly #parameters: NamedValue[] = [];
  readonly #constants: Constant[] = [];
  readonly #scalars = new Map<string, Value>();
  readonly #nodes: Node[] = [];
  readonly #outputs: NamedValue[] = [];
  #nextId = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** The parameters so far, in the order in which they were asked for. */
  get parameters(): readonly NamedValue[] {
    return this.#parameters;
  }

  /** The inputs so far. */
  get inputs(): readonly NamedValue[] {
    return this.#inputs;
  }

  /** The nodes so far. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The graph so far, verified. */
  build(): Graph {
    const graph: Graph = {
      name: this.#name,
      inputs: [...this.#inputs],
      parameters: [...this.#parameters],
      constants: [...this.#constants],
      nodes: [...this.#nodes],
      outputs: [...this.#outputs],
    };
    verifyGraph(graph);
    return graph;
  }

  /** A value fed at each run. Symbols in its shape are bound by what is fed. */
  input(name: string, dtype: DType, shape: Shape): Value {
    const value = this.#value({ dtype, shape });
    this.#inputs.push({ name, value });
    return value;
  }

  /** A float32 value that a release holds under this state-dict name; asked for again, the same value. */
  parameter(name: string, shape: readonly number[]): Value {
    const known = this.#parameters.find((parameter) => parameter.name === name);
    if (known !== undefined) return known.value;
    const value = this.#value({ dtype: 'float32', shape });
    this.#parameters.push({ name, value });
    return value;
  }

  /** A value that never changes; its element type follows from its array (bytes are booleans). */
  constant(data: ConstantData, shape: readonly number[]): Value {
    if (data.length !== elementCount(shape))
      throw new RangeError(
        `Cannot make a constant as it needs ${elementCount(shape)} elements: current value is ${data.length}`,
      );
    const value = this.#value({ dtype: dtypeOf(data), shape });
    this.#constants.push({ value, data });
    return value;
  }

  /** A scalar constant; equal ones are one value. */
  scalar(value: number, dtype: DType = 'float32'): Value {
    const key = `${dtype} ${Object.is(value, -0) ? '-0' : value}`;
    const known = this.#scalars.get(key);
    if (known !== undefined) return known;
    const scalar = this.constant(scalarData(value, dtype), []);
    this.#scalars.set(key, scalar);
    return scalar;
  }

  /** Names a result of the graph. */
  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** Adds a node of any op: what rewriting passes use; hand-written graphs read better with the methods of `GraphBuilder`. */
  apply<K extends Op>(op: K, operands: readonly Value[], attributes: OpAttributes[K]): readonly Value[] {
    const results = inferTypes(op, operands, attributes).map((type) => this.#value(type));
    // A node's op and attributes agree by the signature, which a union of nodes cannot express for a free K.
    const node: NodeOf<K> = { op, operands, attributes, results };
    this.#nodes.push(node as Node);
    return results;
  }

  #value({ dtype, shape }: ValueType): Value {
    checkShape(shape);
    return Object.freeze({ id: this.#nextId++, dtype, shape: Object.freeze([...shape]) });
  }
}

function dtypeOf(data: ConstantData): DType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof BigInt64Array ? 'int64' : 'bool';
}

function scalarData(value: number, dtype: DType): ConstantData {
  if (dtype === 'float32') return Float32Array.of(value);
  return dtype === 'int64' ? BigInt64Array.of(BigInt(value)) : Uint8Array.of(value === 0 ? 0 : 1);
}
