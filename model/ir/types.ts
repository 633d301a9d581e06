import type { Op, OpAttributes } from './op.ts';

/** What an element of a value is: floats carry gradients, integers index, booleans select. */
export const DTYPES = ['float32', 'int64', 'bool'] as const;
export type DType = (typeof DTYPES)[number];

/** A size: a number known when the graph is built, or a symbol (`batch`, `length`, `length+2`) bound by an input. */
export type Dim = number | string;
export type Shape = readonly Dim[];

export interface ValueType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One tensor in a graph: an input, a parameter, a constant or a result of a node. Compared by identity. */
export interface Value extends ValueType {
  /** Unique within its builder, rising in order of creation. */
  readonly id: number;
}

/** The elements of a constant: booleans are bytes 0 and 1. */
export type ConstantData = Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A value with a name: fed at each run (input) or held by a release under its state-dict name (parameter). */
export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

export interface Constant {
  readonly value: Value;
  /** Row-major, as many elements as the shape says. */
  readonly data: ConstantData;
}

/** One application of one op. */
export interface NodeOf<K extends Op> {
  readonly op: K;
  readonly operands: readonly Value[];
  readonly attributes: OpAttributes[K];
  readonly results: readonly Value[];
}
export type Node = { [K in Op]: NodeOf<K> }[Op];

/** A pure function of inputs and parameters: nodes in an order in which each uses only what stands before it. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly NamedValue[];
  readonly parameters: readonly NamedValue[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly NamedValue[];
}
