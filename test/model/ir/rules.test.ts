import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder, int64Tensor } from '../../../model/index.ts';
import type { Graph, NamedTensors, Value } from '../../../model/index.ts';
import type { Op } from '../../../model/ir/op.ts';
import { OP_RULES } from '../../../model/ir/rules.ts';
import { evaluateGraph } from '../../helpers/evaluate-graph.ts';
import { numberTensorOf } from '../../helpers/evaluate/number-tensor.ts';
import { numbersOf, runGraph } from '../../helpers/run-graph.ts';

interface Operands {
  /** [[1, −2, 3], [0.5, 4, −1]], shape [rows, 3] with rows a symbol */
  readonly x: Value;
  /** [2, 1, 0.5], shape [3] */
  readonly v: Value;
  /** [[1, −2, 3, 0.5], [4, −1, 2, 0]], shape [2, 4] */
  readonly m: Value;
  /** [[2, 0], [1, 1]], int64 [rows, 2] */
  readonly i: Value;
}

interface Case {
  readonly build: (g: GraphBuilder, operands: Operands) => Value;
  readonly want: readonly number[];
}

const X = [1, -2, 3, 0.5, 4, -1];
const V = [2, 1, 0.5];
const map = (f: (x: number) => number): readonly number[] => X.map(f);
const zip = (f: (x: number, v: number) => number): readonly number[] =>
  X.map((x, k) => f(x, V[k % 3] ?? Number.NaN));

/** erf by its Maclaurin series, which converges everywhere. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/** What the symbols are at run time. */
const SIZES: { readonly [symbol: string]: number } = { rows: 2, 'rows-1': 1 };

/** 1 of −1, 0, 1 brought to variance 1, with 1e-5 added to the variance of 2/3. */
const NORMALISED = 1 / Math.sqrt(2 / 3 + 1e-5);

/** One case at least for every op: a new op without one does not compile. */
const CASES: { readonly [K in Op]: readonly Case[] } = {
  add: [{ build: (g, { x, v }) => g.add(x, v), want: zip((x, v) => x + v) }],
  sub: [{ build: (g, { x, v }) => g.sub(v, x), want: zip((x, v) => v - x) }],
  mul: [{ build: (g, { x }) => g.mul(2, x), want: map((x) => 2 * x) }],
  div: [{ build: (g, { x, v }) => g.div(x, v), want: zip((x, v) => x / v) }],
  maximum: [{ build: (g, { x, v }) => g.maximum(x, v), want: zip(Math.max) }],
  minimum: [{ build: (g, { x, v }) => g.minimum(x, v), want: zip(Math.min) }],
  neg: [{ build: (g, { x }) => g.neg(x), want: map((x) => -x) }],
  exp: [{ build: (g, { x }) => g.exp(x), want: map(Math.exp) }],
  log: [{ build: (g, { x }) => g.log(g.mul(x, x)), want: map((x) => Math.log(x * x)) }],
  sqrt: [{ build: (g, { x }) => g.sqrt(g.mul(x, x)), want: map(Math.abs) }],
  erf: [{ build: (g, { x }) => g.erf(x), want: map(erf) }],
  tanh: [{ build: (g, { x }) => g.tanh(x), want: map(Math.tanh) }],
  relu: [{ build: (g, { x }) => g.relu(x), want: map((x) => Math.max(0, x)) }],
  sin: [{ build: (g, { x }) => g.sin(x), want: map(Math.sin) }],
  cos: [{ build: (g, { x }) => g.cos(x), want: map(Math.cos) }],
  gelu: [{ build: (g, { x }) => g.gelu(x), want: map((x) => (x / 2) * (1 + erf(x / Math.SQRT2))) }],
  equal: [{ build: (g, { x }) => g.cast(g.equal(x, 3), 'float32'), want: [0, 0, 1, 0, 0, 0] }],
  greater: [{ build: (g, { x }) => g.cast(g.greater(x, 1), 'float32'), want: [0, 0, 1, 0, 1, 0] }],
  less: [{ build: (g, { x }) => g.cast(g.less(x, 1), 'float32'), want: [0, 1, 0, 1, 0, 1] }],
  and: [
    {
      build: (g, { x }) => g.cast(g.and(g.greater(x, 0), g.less(x, 2)), 'float32'),
      want: [1, 0, 0, 1, 0, 0],
    },
  ],
  not: [{ build: (g, { x }) => g.cast(g.not(g.greater(x, 0)), 'float32'), want: [0, 1, 0, 0, 0, 1] }],
  stopGradient: [{ build: (g, { x }) => g.stopGradient(x), want: X }],
  where: [{ build: (g, { x }) => g.where(g.greater(x, 0), x, 0), want: [1, 0, 3, 0.5, 4, 0] }],
  cast: [{ build: (g, { i }) => g.cast(i, 'float32'), want: [2, 0, 1, 1] }],
  reduceSum: [
    { build: (g, { x }) => g.reduceSum(x, [1]), want: [2, 3.5] },
    { build: (g, { x }) => g.reduceSum(x, [0]), want: [1.5, 2, 2] },
    { build: (g, { x }) => g.reduceSum(x, [0, 1], { keepDims: true }), want: [5.5] },
    {
      build: (g, { x, v }) => g.reduceSum(g.mul(g.reshape(x, ['rows', 3, 1]), v), [1, 2]),
      want: [7, 12.25],
    },
    {
      build: (g, { x }) => g.reduceSum(g.reshape(x, ['rows', 3, 1, 1]), [1], { keepDims: true }),
      want: [2, 3.5],
    },
    { build: (g, { x }) => g.reduceSum(g.transpose(x, [1, 0]), [1]), want: [1.5, 2, 2] },
  ],
  reduceMean: [
    { build: (g, { x }) => g.reduceMean(x, [1], { keepDims: true }), want: [2 / 3, 3.5 / 3] },
    { build: (g, { x }) => g.reduceMean(g.transpose(x, [1, 0]), [1]), want: [0.75, 1, 1] },
    { build: (g, { m }) => g.reduceMean(m, [0]), want: [2.5, -1.5, 2.5, 0.25] },
  ],
  reduceMax: [{ build: (g, { x }) => g.reduceMax(x, [1]), want: [3, 4] }],
  softmax: [
    {
      build: (g, { x }) => g.softmax(g.mul(x, 0), 1),
      want: new Array<number>(6).fill(1 / 3),
    },
  ],
  logSoftmax: [
    { build: (g, { x }) => g.logSoftmax(g.mul(x, 0), 1), want: new Array<number>(6).fill(-Math.log(3)) },
    // Both softmaxes of a row differ by 200, so that one is e⁻²⁰⁰: below float32, and its logarithm is not.
    {
      build: (g) => g.logSoftmax(g.constant(Float32Array.of(200, 0), [1, 2])),
      want: [0, -200],
    },
  ],
  layerNorm: [
    {
      build: (g, { v }) => g.layerNorm(g.constant(Float32Array.of(-1, 0, 1), [1, 3]), v, v),
      want: [2 - 2 * NORMALISED, 1, 0.5 + 0.5 * NORMALISED],
    },
    {
      build: (g, { v }) => {
        const x = g.constant(Float32Array.of(1, 2, 3), [1, 3]);
        return g.concat(g.apply('layerNorm', [x, v, v], { epsilon: 1e-5 }).slice(1), 1);
      },
      want: [2, NORMALISED],
    },
  ],
  matmul: [
    {
      build: (g, { x, m }) => g.matmul(g.slice(x, 1, 0, 2), m),
      want: [-7, 0, -1, 0.5, 16.5, -5, 9.5, 0.25],
    },
    { build: (g, { m }) => g.matmul(m, m, { transposeB: true }), want: [14.25, 12, 12, 21] },
    {
      build: (g, { x }) => g.matmul(x, x, { transposeA: true }),
      want: [1.25, 0, 2.5, 0, 20, -10, 2.5, -10, 10],
    },
  ],
  attention: [
    {
      build: (g, { m }) => g.attention({ query: g.mul(m, 0), key: m, value: m }),
      want: [2.5, -1.5, 2.5, 0.25, 2.5, -1.5, 2.5, 0.25],
    },
    {
      build: (g, { m }) =>
        g.attention({ query: m, key: m, value: m, bias: g.constant(Float32Array.of(0, -1e9), [1, 2]) }),
      want: [1, -2, 3, 0.5, 1, -2, 3, 0.5],
    },
    // Two queries over keys 1 and 2 with the scale ln 2: shares 2 : 4 and 4 : 16.
    {
      build: (g) => {
        const steps = g.constant(Float32Array.of(1, 2), [2, 1]);
        return g.attention({ query: steps, key: steps, value: steps }, Math.LN2);
      },
      want: [5 / 3, 9 / 5],
    },
  ],
  conv1d: [
    {
      build: (g, { m }) => g.conv1d(g.reshape(m, [2, 1, 4]), kernel(g), { padding: 1 }),
      want: [2, -2, -2.5, 3, 1, 2, -1, 2],
    },
    {
      build: (g, { m }) => g.conv1d(g.reshape(m, [2, 1, 4]), kernel(g), { padding: 'circular' }),
      want: [2.5, -2, -2.5, 2, 1, 2, -1, -2],
    },
    {
      build: (g, { m }) => g.conv1d(g.reshape(m, [2, 1, 4]), kernel(g), { padding: [0, 1], stride: 2 }),
      want: [-2, 3, 2, 2],
    },
    {
      build: (g, { m }) => g.conv1d(g.reshape(m, [1, 1, 8]), kernel(g), { dilation: 3 }),
      want: [-1, -2],
    },
  ],
  convTranspose1d: [
    {
      build: (g, { m }) => g.convTranspose1d(g.reshape(m, [2, 1, 4]), kernel(g)),
      want: [1, -2, 2, 2.5, -3, -0.5, 4, -1, -2, 1, -2, 0],
    },
    {
      build: (g, { m }) => g.convTranspose1d(g.reshape(m, [4, 1, 2]), kernel(g), { stride: 2 }),
      want: [1, 0, -3, 0, 2, 3, 0, -2.5, 0, -0.5, 4, 0, -5, 0, 1, 2, 0, -2, 0, 0],
    },
    {
      build: (g, { m }) => g.convTranspose1d(g.reshape(m, [4, 1, 2]), kernel(g), { stride: 3, dilation: 2 }),
      want: [
        1, 0, 0, -2, -1, 0, 0, 2, 3, 0, 0, 0.5, -3, 0, 0, -0.5, 4, 0, 0, -1, -4, 0, 0, 1, 2, 0, 0, 0, -2, 0,
        0, 0,
      ],
    },
  ],
  maxPool1d: [{ build: (g, { m }) => g.maxPool1d(g.reshape(m, [1, 2, 4]), { size: 3 }), want: [3, 4] }],
  transpose: [{ build: (g, { x }) => g.transpose(x, [1, 0]), want: [1, 0.5, -2, 4, 3, -1] }],
  reshape: [
    { build: (g, { x }) => g.reshape(x, [3, 'rows']), want: X },
    { build: (g, { x }) => g.reshape(x, [1, 'rows', 3]), want: X },
  ],
  broadcastTo: [{ build: (g, { v }) => g.broadcastTo(v, ['rows', 3]), want: [...V, ...V] }],
  concat: [
    { build: (g, { x }) => g.concat([x, g.neg(x)], 1), want: [1, -2, 3, -1, 2, -3, 0.5, 4, -1, -0.5, -4, 1] },
  ],
  slice: [
    { build: (g, { x }) => g.slice(x, 1, 1), want: [-2, 3, 4, -1] },
    { build: (g, { x }) => g.slice(x, 0, -1), want: [0.5, 4, -1] },
    { build: (g, { x }) => g.slice(x, 0, 1, null), want: [0.5, 4, -1] },
    { build: (g, { x }) => g.slice(x, -1, -2, -1), want: [-2, 4] },
    { build: (g, { m }) => g.stridedSlice(m, 1, { start: 1, end: null, step: 2 }), want: [-2, 0.5, -1, 0] },
    { build: (g, { m }) => g.stridedSlice(m, 1, { start: -4, end: -1, step: 2 }), want: [1, 3, 4, 2] },
  ],
  pad: [{ build: (g, { x }) => g.pad(x, 1, { before: 1, value: 9 }), want: [9, 1, -2, 3, 9, 0.5, 4, -1] }],
  gather: [
    { build: (g, { v, i }) => g.gather(v, i, 0), want: [0.5, 2, 1, 1] },
    { build: (g, { x }) => g.gather(x, g.constant(BigInt64Array.of(2n, 0n), [2]), 1), want: [3, 1, -1, 0.5] },
  ],
  gatherElements: [{ build: (g, { x, i }) => g.gatherElements(x, i, 1), want: [3, 1, 4, 4] }],
  scatterElements: (['none', 'add'] as const).map((reduction) => ({
    build: (g: GraphBuilder, { m }: Operands) =>
      g.scatterElements(m, {
        indices: g.constant(BigInt64Array.of(2n, 0n, 1n, 1n), [2, 2]),
        updates: g.constant(Float32Array.of(10, 20, 30, 30), [2, 2]),
        axis: 1,
        reduction,
      }),
    want: reduction === 'add' ? [21, -2, 13, 0.5, 4, 59, 2, 0] : [20, -2, 10, 0.5, 4, 30, 2, 0],
  })),
  topK: [
    { build: (g, { x }) => g.topK(x, 2).values, want: [3, 1, 4, 0.5] },
    { build: (g, { x }) => g.cast(g.topK(g.mul(x, 0), 2).indices, 'float32'), want: [0, 1, 0, 1] },
  ],
  oneHot: [{ build: (g, { i }) => g.oneHot(i, 3), want: [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0] }],
};

/** y_t = x_{t−1} − x_{t+1}: one channel in and out, weights 1, 0, −1. */
function kernel(g: GraphBuilder): Value {
  return g.neg(g.constant(Float32Array.of(-1, 0, 1), [1, 1, 3]));
}

const FEEDS: NamedTensors = {
  x: float32Tensor(Float32Array.from(X), [2, 3]),
  v: float32Tensor(Float32Array.from(V), [3]),
  m: float32Tensor(Float32Array.of(1, -2, 3, 0.5, 4, -1, 2, 0), [2, 4]),
  i: int64Tensor(BigInt64Array.of(2n, 0n, 1n, 1n), [2, 2]),
};

/** All cases in one graph, with what each result is to be. */
function casesGraph(): { readonly graph: Graph; readonly outputs: readonly Wanted[] } {
  const g = new GraphBuilder('cases');
  const operands: Operands = {
    x: g.input('x', 'float32', ['rows', 3]),
    v: g.input('v', 'float32', [3]),
    m: g.input('m', 'float32', [2, 4]),
    i: g.input('i', 'int64', ['rows', 2]),
  };
  const outputs = (Object.keys(OP_RULES) as Op[]).flatMap((op) =>
    CASES[op].map(({ build, want }, n) => ({ name: `${op} ${n}`, value: build(g, operands), want })),
  );
  for (const { name, value } of outputs) g.output(name, value);
  return { graph: g.build(), outputs };
}

interface Wanted {
  readonly name: string;
  readonly value: Value;
  readonly want: readonly number[];
}

/** Throws unless a result has the inferred shape and, to six digits, the wanted elements. */
function assertWanted(
  { name, value, want }: Wanted,
  shape: readonly number[],
  elements: readonly number[],
): void {
  assert.deepEqual(
    shape,
    value.shape.map((dim) => (typeof dim === 'number' ? dim : SIZES[dim])),
    `${name}: shape`,
  );
  assert.equal(elements.length, want.length, `${name}: size`);
  want.forEach((expected, k) => {
    const got = Number(elements[k]);
    // Six digits: float32 kernels round in the seventh, as do float32 constants in any precision.
    assert.ok(
      Math.abs(got - expected) <= 1e-6 * (1 + Math.abs(expected)),
      `${name}[${k}]: ${got}, not ${expected}`,
    );
  });
}

test('Every op computes what its closed form says, in the shape that its rule infers', async () => {
  const { graph, outputs } = casesGraph();
  const results = await runGraph(graph, FEEDS);
  for (const wanted of outputs) {
    const result = results[wanted.name];
    assert.ok(result, wanted.name);
    assertWanted(wanted, result.shape, numbersOf(result));
  }
});

test('evaluateGraph() computes of every op what its closed form says, in the shape that its rule infers', () => {
  const { graph, outputs } = casesGraph();
  const feeds = new Map(Object.entries(FEEDS).map(([name, tensor]) => [name, numberTensorOf(tensor)]));
  const results = evaluateGraph(graph, feeds);
  for (const wanted of outputs) {
    const result = results.get(wanted.name);
    assert.ok(result, wanted.name);
    assertWanted(wanted, result.shape, Array.from(result.data));
  }
});
