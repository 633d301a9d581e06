import { GraphRecorder } from './graph-recorder.ts';
import type { Op, OpAttributes, Slice } from './op.ts';
import type { DType, Shape, Value, ValueType } from './types.ts';

/** What a method of the builder takes for a tensor: a value, or a number that becomes a scalar of the other's type. */
export type Operand = Value | number;

/**
 * Writes a graph down operation by operation; each result's type is known, and each fault thrown, at once.
 *
 * @example
 * const g = new GraphBuilder('tiny');
 * const x = g.input('x', 'float32', ['batch', 3]);
 * const weight = g.parameter('layer.weight', [2, 3]);
 * g.output('y', g.relu(g.matmul(x, g.transpose(weight, [1, 0]))));
 * const onnx = writeOnnx(g.build(), new Map([['layer.weight', tensor]]));
 */
export class GraphBuilder extends GraphRecorder {
  add(a: Operand, b: Operand): Value {
    return this.#binary('add', a, b);
  }

  sub(a: Operand, b: Operand): Value {
    return this.#binary('sub', a, b);
  }

  mul(a: Operand, b: Operand): Value {
    return this.#binary('mul', a, b);
  }

  div(a: Operand, b: Operand): Value {
    return this.#binary('div', a, b);
  }

  maximum(a: Operand, b: Operand): Value {
    return this.#binary('maximum', a, b);
  }

  minimum(a: Operand, b: Operand): Value {
    return this.#binary('minimum', a, b);
  }

  equal(a: Operand, b: Operand): Value {
    return this.#binary('equal', a, b);
  }

  greater(a: Operand, b: Operand): Value {
    return this.#binary('greater', a, b);
  }

  less(a: Operand, b: Operand): Value {
    return this.#binary('less', a, b);
  }

  and(a: Value, b: Value): Value {
    return this.#single('and', [a, b], {});
  }

  not(x: Value): Value {
    return this.#single('not', [x], {});
  }

  neg(x: Value): Value {
    return this.#single('neg', [x], {});
  }

  exp(x: Value): Value {
    return this.#single('exp', [x], {});
  }

  log(x: Value): Value {
    return this.#single('log', [x], {});
  }

  sqrt(x: Value): Value {
    return this.#single('sqrt', [x], {});
  }

  erf(x: Value): Value {
    return this.#single('erf', [x], {});
  }

  tanh(x: Value): Value {
    return this.#single('tanh', [x], {});
  }

  relu(x: Value): Value {
    return this.#single('relu', [x], {});
  }

  sin(x: Value): Value {
    return this.#single('sin', [x], {});
  }

  cos(x: Value): Value {
    return this.#single('cos', [x], {});
  }

  /** x · Φ(x) with the exact normal distribution function, not the tanh approximation. */
  gelu(x: Value): Value {
    return this.#single('gelu', [x], {});
  }

  /** The value itself, through which no gradient flows. */
  stopGradient(x: Value): Value {
    return this.#single('stopGradient', [x], {});
  }

  /** `a` where `condition`, `b` elsewhere. */
  where(condition: Value, a: Operand, b: Operand): Value {
    return this.#single('where', [condition, ...this.#pair(a, b)], {});
  }

  cast(x: Value, to: DType): Value {
    return this.#single('cast', [x], { to });
  }

  /** Sum over `axes`, which stay with size 1 if `keepDims`. */
  reduceSum(x: Value, axes: readonly number[], { keepDims = false } = {}): Value {
    return this.#single('reduceSum', [x], { axes: axesOf(x, axes), keepDims });
  }

  reduceMean(x: Value, axes: readonly number[], { keepDims = false } = {}): Value {
    return this.#single('reduceMean', [x], { axes: axesOf(x, axes), keepDims });
  }

  reduceMax(x: Value, axes: readonly number[], { keepDims = false } = {}): Value {
    return this.#single('reduceMax', [x], { axes: axesOf(x, axes), keepDims });
  }

  softmax(x: Value, axis = -1): Value {
    return this.#single('softmax', [x], { axis: axisOf(x, axis) });
  }

  /** log(softmax(x)), finite where the softmax itself would round to 0. */
  logSoftmax(x: Value, axis = -1): Value {
    return this.#single('logSoftmax', [x], { axis: axisOf(x, axis) });
  }

  /** Normalises the last axis to mean 0 and (biased) variance 1, then scales and shifts. */
  layerNorm(x: Value, scale: Value, bias: Value, epsilon = 1e-5): Value {
    return this.#single('layerNorm', [x, scale, bias], { epsilon });
  }

  /** Product over the last two axes, each operand transposed there first if asked. */
  matmul(a: Value, b: Value, { transposeA = false, transposeB = false } = {}): Value {
    return this.#single('matmul', [a, b], { transposeA, transposeB });
  }

  /**
   * softmax(scale · q kᵀ + bias) v.
   *
   * @param operands `query` [… queries, width], `key` [… keys, width], `value` [… keys, out]; `bias` broadcasts to
   *   [… queries, keys]: 0 where a key counts, a large negative number where it does not
   * @param scale 1 / √width by default
   * @returns [… queries, out]
   */
  attention({ query, key, value, bias }: AttentionOperands, scale = attentionScale(query)): Value {
    const operands = bias === undefined ? [query, key, value] : [query, key, value, bias];
    return this.#single('attention', operands, { scale });
  }

  /**
   * Cross-correlation of `x` [batch, in, length] with `weight` [out, in, size].
   *
   * @param options.padding zeros at each end, one number or two; `circular` continues at the other end so that the
   *   length stays, for an odd size
   */
  conv1d(
    x: Value,
    weight: Value,
    { bias, stride = 1, dilation = 1, padding = 0 }: Conv1dOptions = {},
  ): Value {
    const operands = (value: Value): readonly Value[] =>
      bias === undefined ? [value, weight] : [value, weight, bias];
    if (padding === 'circular') {
      const reach = (Number(weight.shape[2]) - 1) / 2;
      const around = (): Value[] => [this.slice(x, 2, -reach), x, this.slice(x, 2, 0, reach)];
      const wrapped = reach === 0 ? x : this.concat(around(), 2);
      return this.#single('conv1d', operands(wrapped), { stride, dilation, padding: [0, 0] });
    }
    const ends = typeof padding === 'number' ? ([padding, padding] as const) : padding;
    return this.#single('conv1d', operands(x), { stride, dilation, padding: ends });
  }

  /**
   * The map that `conv1d` without padding transposes: every sample of `x` [batch, in, length] spreads `weight`
   * [in, out, size] over the result [batch, out, (length − 1) · stride + (size − 1) · dilation + 1].
   */
  convTranspose1d(x: Value, weight: Value, { stride = 1, dilation = 1 } = {}): Value {
    return this.#single('convTranspose1d', [x, weight], { stride, dilation });
  }

  /** Largest of each `size` neighbours of the last of [batch, channels, length]; a rest that is shorter is left out. */
  maxPool1d(x: Value, { size }: { readonly size: number }): Value {
    return this.#single('maxPool1d', [x], { size });
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    return this.#single('transpose', [x], { permutation });
  }

  reshape(x: Value, shape: Shape): Value {
    return this.#single('reshape', [x], { shape });
  }

  /** A float32 number in every place of a shape. */
  full(value: number, shape: Shape): Value {
    return this.broadcastTo(this.scalar(value), shape);
  }

  broadcastTo(x: Value, shape: Shape): Value {
    return this.#single('broadcastTo', [x], { shape });
  }

  concat(values: readonly Value[], axis: number): Value {
    return this.#single('concat', values, { axis: axisOf(values[0], axis) });
  }

  /** Elements `start` … `end` − 1 along an axis; negative bounds count from its end, `null` is its end. */
  slice(x: Value, axis: number, start: number, end: number | null = null): Value {
    return this.#single('slice', [x], { axis: axisOf(x, axis), start, end, step: 1 });
  }

  /** Every `step`-th element from `start` on, below `end`, along an axis. */
  stridedSlice(x: Value, axis: number, { start, end, step }: Omit<Slice, 'axis'>): Value {
    return this.#single('slice', [x], { axis: axisOf(x, axis), start, end, step });
  }

  pad(x: Value, axis: number, { before = 0, after = 0, value = 0 }): Value {
    return this.#single('pad', [x], { axis: axisOf(x, axis), before, after, value });
  }

  /** Whole slices of `data` along an axis, in the shape of `indices`. */
  gather(data: Value, indices: Value, axis: number): Value {
    return this.#single('gather', [data, indices], { axis: axisOf(data, axis) });
  }

  /** Single elements of `data` along an axis; `indices` has its shape but along that axis. */
  gatherElements(data: Value, indices: Value, axis: number): Value {
    return this.#single('gatherElements', [data, indices], { axis: axisOf(data, axis) });
  }

  /** `data` with `updates` put, or added, at `indices` along an axis. */
  scatterElements(data: Value, { indices, updates, axis, reduction = 'none' }: ScatterOptions): Value {
    return this.#single('scatterElements', [data, indices, updates], { axis: axisOf(data, axis), reduction });
  }

  /** The `count` largest along an axis, largest first, equals by lower index, and their int64 indices. */
  topK(x: Value, count: number, axis = -1): { readonly values: Value; readonly indices: Value } {
    const [values, indices] = this.apply('topK', [x], { axis: axisOf(x, axis), count });
    return { values: values!, indices: indices! };
  }

  /** Float32 indicator of int64 `indices` along a new last axis. */
  oneHot(indices: Value, depth: number): Value {
    return this.#single('oneHot', [indices], { depth });
  }

  #single<K extends Op>(op: K, operands: readonly Value[], attributes: OpAttributes[K]): Value {
    return this.apply(op, operands, attributes)[0]!;
  }

  #binary(op: BinaryOp, a: Operand, b: Operand): Value {
    return this.#single(op, this.#pair(a, b), {});
  }

  /** Both operands as values: a number takes the other's element type. */
  #pair(a: Operand, b: Operand): readonly [Value, Value] {
    const dtype = typeof a === 'number' ? (typeof b === 'number' ? 'float32' : b.dtype) : a.dtype;
    const value = (operand: Operand): Value =>
      typeof operand === 'number' ? this.scalar(operand, dtype) : operand;
    return [value(a), value(b)];
  }
}

type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'maximum' | 'minimum' | 'equal' | 'greater' | 'less';

export interface AttentionOperands {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly bias?: Value;
}

export interface Conv1dOptions {
  /** [out] */
  readonly bias?: Value;
  readonly stride?: number;
  readonly dilation?: number;
  readonly padding?: number | readonly [before: number, after: number] | 'circular';
}

export interface ScatterOptions {
  readonly indices: Value;
  readonly updates: Value;
  readonly axis: number;
  readonly reduction?: 'none' | 'add';
}

function attentionScale(query: ValueType): number {
  return 1 / Math.sqrt(Number(query.shape.at(-1)));
}

/** An axis from 0; in the builder −1 is the last. */
function axisOf(x: ValueType | undefined, axis: number): number {
  return axis < 0 ? (x?.shape.length ?? 0) + axis : axis;
}

function axesOf(x: ValueType, axes: readonly number[]): readonly number[] {
  return axes.map((axis) => axisOf(x, axis)).sort((a, b) => a - b);
}
