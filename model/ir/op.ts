import type { DType, NodeOf, Shape, Value, ValueType } from './types.ts';

type None = Readonly<Record<string, never>>;

/**
 * Every op with its attributes. Axes count from 0 and are never negative; what is said of shapes is in the rules.
 *
 * On one thread of the CPU a row's result is the same bits whatever the batch around it, but for `log`, `sin` and `cos`:
 * ONNX Runtime computes what does not fill a vector by another routine, so these are safe only where a row has a multiple
 * of 16 elements (measured with 1.30 on x64 over 429 shapes, batches of 1 to 64).
 */
export interface OpAttributes {
  add: None;
  sub: None;
  mul: None;
  div: None;
  maximum: None;
  minimum: None;
  neg: None;
  exp: None;
  log: None;
  sqrt: None;
  erf: None;
  tanh: None;
  relu: None;
  sin: None;
  cos: None;
  gelu: None;
  equal: None;
  greater: None;
  less: None;
  and: None;
  not: None;
  where: None;
  stopGradient: None;
  cast: { readonly to: DType };
  reduceSum: Reduction;
  reduceMean: Reduction;
  reduceMax: Reduction;
  softmax: { readonly axis: number };
  logSoftmax: { readonly axis: number };
  layerNorm: { readonly epsilon: number };
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean };
  attention: { readonly scale: number };
  conv1d: Convolution;
  convTranspose1d: { readonly stride: number; readonly dilation: number };
  maxPool1d: { readonly size: number };
  transpose: { readonly permutation: readonly number[] };
  reshape: { readonly shape: Shape };
  broadcastTo: { readonly shape: Shape };
  concat: { readonly axis: number };
  slice: Slice;
  pad: { readonly axis: number; readonly before: number; readonly after: number; readonly value: number };
  gather: { readonly axis: number };
  gatherElements: { readonly axis: number };
  scatterElements: { readonly axis: number; readonly reduction: 'none' | 'add' };
  topK: { readonly axis: number; readonly count: number };
  oneHot: { readonly depth: number };
}
export type Op = keyof OpAttributes;

export interface Convolution {
  /** Steps between two positions of the kernel. */
  readonly stride: number;
  /** Steps between two samples that the kernel looks at. */
  readonly dilation: number;
  readonly padding: readonly [before: number, after: number];
}

export interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface Slice {
  readonly axis: number;
  /** First element; negative counts from the end. */
  readonly start: number;
  /** One past the last; negative counts from the end, `null` is the end. */
  readonly end: number | null;
  /** From one element to the next that is taken; at least 1. */
  readonly step: number;
}

/** What an attribute of an ONNX node can be here: integer, text, list of integers, or a float marked as one. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };
export type OnnxAttributes = Readonly<Record<string, OnnxAttribute>>;

/** What a rule writes ONNX nodes through. Tensor names are the writer's affair. */
export interface Lowering {
  /** Adds a node whose outputs are `results`, in order. */
  node(opType: string, inputs: readonly string[], to: LoweredTo): void;
  /** Adds a node with one output that no value of the graph stands for; returns its tensor's name. */
  intermediate(opType: string, inputs: readonly string[], attributes?: OnnxAttributes): string;
  /**
   * Adds a node that multiplies tensors, in the precision that products have; the result is `result`, or else a tensor
   * that no value stands for. Returns its name.
   */
  product(opType: string, inputs: readonly string[], to?: ProductTo): string;
  /** Whether products are computed in float32, so that their operands may be of any size. */
  readonly hasFullProducts: boolean;
  /** Name of a value's tensor. */
  tensor(value: Value): string;
  /** Whether anything reads a value: a result that nothing reads can be left out where ONNX makes it optional. */
  isRead(value: Value): boolean;
  /** Name of a one-dimensional int64 constant. */
  integers(values: readonly number[]): string;
  /** Name of a float32 constant. */
  floats(values: readonly number[], shape: readonly number[]): string;
  /** Name of a one-dimensional int64 tensor with the sizes of `shape`, symbols resolved at run time. */
  sizes(shape: Shape): string;
}

export interface LoweredTo {
  readonly results: readonly Value[];
  readonly attributes?: OnnxAttributes;
}

export interface ProductTo {
  readonly result?: Value;
  readonly attributes?: OnnxAttributes;
}

/** All that is particular to one op, but for its derivative. */
export interface OpRule<K extends Op> {
  /**
   * The types of the results.
   *
   * @throws IllegalOperation if the op has no meaning on these operands
   */
  infer(operands: readonly ValueType[], attributes: OpAttributes[K]): readonly ValueType[];
  /** Writes a legal node as ONNX. */
  lower(node: NodeOf<K>, onnx: Lowering): void;
}

/** Why an op cannot be applied: "as <rule>: current value is <value>"; who catches it adds what was tried. */
export class IllegalOperation extends TypeError {
  override readonly name = 'IllegalOperation';
}

/** Throws IllegalOperation. */
export function illegal(rule: string, current: string): never {
  throw new IllegalOperation(`as ${rule}: current value is ${current}`);
}
