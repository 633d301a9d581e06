import { littleEndianBytes } from '../endian.ts';
import { symbolParts } from '../ir/dims.ts';
import { ONNX_DTYPE } from '../ir/onnx-dtype.ts';
import type { Lowering, LoweredTo, OnnxAttributes, ProductTo } from '../ir/op.ts';
import { lowerNode } from '../ir/rules.ts';
import type { ConstantData, Dim, DType, Graph, NamedValue, Shape, Value, ValueType } from '../ir/types.ts';
import type { Tensors } from '../tensor.ts';
import type { OnnxGraph, OnnxInitialiser, OnnxNode, OnnxValueInfo } from './proto.ts';

/** How the tensors of a graph are called. Within a model no two graphs, one in the other, may have a name in common. */
export interface TensorNames {
  /** Begins all names but those of inputs, parameters and outputs. */
  readonly prefix: string;
  /** The name of an input or parameter; that of a tensor around the graph if it reads that. */
  readonly given: (input: NamedValue) => string;
  readonly output: (name: string) => string;
}

/** Names for a graph that is a model: inputs, parameters and outputs as in the graph; what begins with "%" is free there. */
const OWN_NAMES: TensorNames = { prefix: '%', given: ({ name }) => name, output: (name) => name };

/** Element type in which matrix products and convolutions are computed; everything else stays float32. */
export const PRODUCT_DTYPES = ['float32', 'float16'] as const;
export type ProductDType = (typeof PRODUCT_DTYPES)[number];

export interface GraphWriterOptions {
  readonly tensorNames?: TensorNames;
  readonly products?: ProductDType;
}

/** ONNX's number of float16 (TensorProto.DataType), which no value of a graph has. */
const FLOAT16 = 10;

/** Writes one graph as ONNX, as a model or a part of one; every name is given in order of appearance. */
export class GraphWriter implements Lowering {
  readonly #graph: Graph;
  readonly #tensorNames: TensorNames;
  readonly #names = new Map<Value, string>();
  readonly #read: ReadonlySet<Value>;
  readonly #initialisers: OnnxInitialiser[] = [];
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, string>();
  readonly #dims = new Map<Dim, string>();
  readonly #halves = new Map<string, string>();
  readonly hasFullProducts: boolean;
  #intermediates = 0;

  /**
   * @param graph legal; of its symbols all that nodes need are bound by its inputs
   * @param weights float32 tensors by parameter name, of the parameters' shapes; others are left out
   * @throws TypeError if a weight is missing, or has another type or shape
   */
  constructor(
    graph: Graph,
    weights: Tensors,
    { tensorNames = OWN_NAMES, products = 'float32' }: GraphWriterOptions = {},
  ) {
    this.#graph = graph;
    this.hasFullProducts = products === 'float32';
    this.#tensorNames = tensorNames;
    const { prefix } = tensorNames;
    this.#read = new Set([
      ...graph.nodes.flatMap(({ operands }) => operands),
      ...graph.outputs.map(({ value }) => value),
    ]);
    for (const input of graph.inputs) this.#names.set(input.value, tensorNames.given(input));
    for (const parameter of graph.parameters) {
      const name = tensorNames.given(parameter);
      this.#names.set(parameter.value, name);
      this.#initialisers.push({ ...weightOf(parameter, weights), name });
    }
    graph.constants.forEach(({ value, data }, i) => {
      const name = `${prefix}c${i}`;
      this.#names.set(value, name);
      const bytes = storedBytes(data, value.dtype);
      this.#initialisers.push({ name, dtype: value.dtype, shape: numbersOf(value.shape), bytes });
    });
    const outputs = new Map<Value, string>();
    for (const { name, value } of graph.outputs)
      if (!outputs.has(value)) outputs.set(value, tensorNames.output(name));
    let results = 0;
    for (const { results: values } of graph.nodes) {
      for (const value of values) {
        const name = `${prefix}${results++}`;
        this.#names.set(value, outputs.get(value) ?? name);
      }
    }
  }

  /**
   * Writes all nodes; to be called once. What is an output twice, or no node's result, gets a further name by an identity
   * node.
   */
  write(): OnnxGraph {
    for (const node of this.#graph.nodes) lowerNode(node, this);
    const outputs = this.#graph.outputs.map(({ name, value }) =>
      infoOf(this.#tensorNames.output(name), value),
    );
    this.#graph.outputs.forEach(({ value }, i) => {
      const [known, name] = [this.tensor(value), outputs[i]!.name];
      if (known !== name)
        this.#nodes.push({ opType: 'Identity', inputs: [known], outputs: [name], attributes: {} });
    });
    return {
      name: this.#graph.name,
      inputs: this.#graph.inputs.map(({ value }) => infoOf(this.tensor(value), value)),
      outputs,
      initialisers: this.#initialisers,
      nodes: this.#nodes,
    };
  }

  node(opType: string, inputs: readonly string[], { results, attributes = {} }: LoweredTo): void {
    const outputs = results.map((value) => this.tensor(value));
    this.#nodes.push({ opType, inputs, outputs, attributes });
  }

  intermediate(opType: string, inputs: readonly string[], attributes: OnnxAttributes = {}): string {
    const name = `${this.#tensorNames.prefix}i${this.#intermediates++}`;
    this.#nodes.push({ opType, inputs, outputs: [name], attributes });
    return name;
  }

  product(opType: string, inputs: readonly string[], { result, attributes = {} }: ProductTo = {}): string {
    const give = (type: string, operands: readonly string[], own: OnnxAttributes): string => {
      if (result === undefined) return this.intermediate(type, operands, own);
      this.node(type, operands, { results: [result], attributes: own });
      return this.tensor(result);
    };
    if (this.hasFullProducts) return give(opType, inputs, attributes);
    const halves = inputs.map((input) => this.#half(input));
    return give('Cast', [this.intermediate(opType, halves, attributes)], { to: ONNX_DTYPE.float32 });
  }

  /** A tensor as float16; asked for again, the same. */
  #half(tensor: string): string {
    const known = this.#halves.get(tensor);
    if (known !== undefined) return known;
    const half = this.intermediate('Cast', [tensor], { to: FLOAT16 });
    this.#halves.set(tensor, half);
    return half;
  }

  tensor(value: Value): string {
    const name = this.#names.get(value);
    if (name === undefined) throw new TypeError(`Cannot name value ${value.id} as it is not of this graph`);
    return name;
  }

  isRead(value: Value): boolean {
    return this.#read.has(value);
  }

  integers(values: readonly number[]): string {
    return this.#constant(
      BigInt64Array.from(values, (value) => BigInt(value)),
      [values.length],
    );
  }

  floats(values: readonly number[], shape: readonly number[]): string {
    return this.#constant(Float32Array.from(values), shape);
  }

  sizes(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.integers(numbersOf(shape));
    return this.intermediate(
      'Concat',
      shape.map((dim) => this.#size(dim)),
      { axis: 0 },
    );
  }

  /** One size as a tensor [1]; a symbol is read off an input that has it. */
  #size(dim: Dim): string {
    if (typeof dim === 'number') return this.integers([dim]);
    const known = this.#dims.get(dim);
    if (known !== undefined) return known;
    const wanted = symbolParts(dim);
    for (const { value } of this.#graph.inputs) {
      for (const [axis, bound] of value.shape.entries()) {
        if (typeof bound === 'number' || symbolParts(bound).base !== wanted.base) continue;
        const read = this.intermediate('Shape', [this.tensor(value)], { start: axis, end: axis + 1 });
        const offset = wanted.offset - symbolParts(bound).offset;
        const size = offset === 0 ? read : this.intermediate('Add', [read, this.integers([offset])]);
        this.#dims.set(dim, size);
        return size;
      }
    }
    throw new TypeError(`Cannot find the size "${dim}" as no input of "${this.#graph.name}" has it`);
  }

  /** Equal constants are written once. */
  #constant(data: ConstantData, shape: readonly number[]): string {
    const dtype: DType = data instanceof Float32Array ? 'float32' : 'int64';
    const bytes = storedBytes(data, dtype);
    const key = `${dtype}[${shape.join()}] ${Buffer.from(bytes).toString('hex')}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `${this.#tensorNames.prefix}a${this.#constants.size}`;
    this.#initialisers.push({ name, dtype, shape, bytes });
    this.#constants.set(key, name);
    return name;
  }
}

/** A tensor of a value's type. */
export function infoOf(name: string, { dtype, shape }: ValueType): OnnxValueInfo {
  return { name, dtype, shape };
}

function weightOf({ name, value }: NamedValue, weights: Tensors): OnnxInitialiser {
  const tensor = weights.get(name);
  const shape = numbersOf(value.shape);
  if (tensor === undefined) throw new TypeError(`Cannot write parameter "${name}" as it has no weight`);
  if (tensor.dtype !== 'float32' || tensor.shape.join() !== shape.join())
    throw new TypeError(
      `Cannot write parameter "${name}" as it must be float32[${shape.join(', ')}]: ` +
        `current value is ${tensor.dtype}[${tensor.shape.join(', ')}]`,
    );
  return { name, dtype: 'float32', shape, bytes: storedBytes(tensor.data, 'float32') };
}

function numbersOf(shape: Shape): readonly number[] {
  return shape.map((dim) => {
    if (typeof dim === 'number') return dim;
    throw new TypeError(`Cannot store a tensor as its sizes must be numbers: current value is "${dim}"`);
  });
}

const ELEMENT_BYTES: { readonly [D in DType]: number } = { float32: 4, int64: 8, bool: 1 };

function storedBytes(data: ConstantData, dtype: DType): Uint8Array {
  return littleEndianBytes(data, ELEMENT_BYTES[dtype]);
}
