import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createSessionPool,
  float32Tensor,
  GraphBuilder,
  linear,
  printGraph,
  writeOnnx,
} from '../../../model/index.ts';
import type { Graph, NamedTensors, Tensor } from '../../../model/index.ts';
import { gradients } from '../../../model/autodiff/gradients.ts';
import { evaluateGraph } from '../../helpers/evaluate-graph.ts';
import type { NumberTensor } from '../../helpers/evaluate/number-tensor.ts';
import { graphOf, numbersOf, relativeError } from '../../helpers/run-graph.ts';
import { addCase } from './gradient-case.ts';
import type { CaseInGraph, GradientCase } from './gradient-case.ts';
import { FLAT_CASES, GRADIENT_CASES } from './gradient-cases.ts';

type Feeds = ReadonlyMap<string, NumberTensor>;

/** Of an element up and down: differences are then off by h² f‴/6 ≈ 2e-11 and, in float64, by 1e-16 f/h ≈ 1e-11. */
const STEP = 1e-5;

/**
 * Relative error of a gradient's norm. Differences are good to 1e-9; but a derivative with a factor that is no float32
 * number, such as 2/√π or 1/3, holds it as a constant that is off by up to 2⁻²⁵ = 3e-8 of itself, and some hold two.
 */
const DIFFERENCES_TOLERANCE = 1e-7;

/** Relative error of a gradient's norm: float32 rounds at 6e-8, some tens of times, and little cancels in these cases. */
const FLOAT32_TOLERANCE = 1e-5;

/** A graph of one case with the outputs `loss` and, by the names of the operands' inputs, the gradients. */
function gradientGraph(
  gradientCase: GradientCase,
  name: string,
): Pick<CaseInGraph, 'feeds' | 'names'> & { readonly graph: Graph } {
  const g = new GraphBuilder(name);
  const { operands, loss, names, feeds } = addCase(g, gradientCase, name);
  outputGradients(g, { operands, loss, names });
  return { graph: g.build(), names, feeds };
}

function outputGradients(g: GraphBuilder, { operands, loss, names }: Omit<CaseInGraph, 'feeds'>): void {
  gradients(g, loss, operands).forEach((gradient, i) => {
    g.output(`gradient of ${names[i] ?? ''}`, gradient);
  });
}

/** ∂loss/∂x_i ≈ (loss(x_i + h) − loss(x_i − h)) / 2h in float64, element by element. */
function centralDifferences(graph: Graph, feeds: Feeds, name: string): Float64Array {
  const { shape, data } = fedAs(feeds, name);
  const lossAt = (element: number, change: number): number => {
    const moved = { shape, data: data.with(element, (data[element] ?? Number.NaN) + change) };
    return evaluateGraph(graph, new Map([...feeds, [name, moved]])).get('loss')?.data[0] ?? Number.NaN;
  };
  return data.map((_, element) => (lossAt(element, STEP) - lossAt(element, -STEP)) / (2 * STEP));
}

function fedAs(feeds: Feeds, name: string): NumberTensor {
  const fed = feeds.get(name);
  assert.ok(fed, name);
  return fed;
}

/** The graph of a case's loss alone. */
function lossGraph(gradientCase: GradientCase, name: string): Graph {
  return graphOf(name, (g) => ({ loss: addCase(g, gradientCase, name).loss }));
}

for (const [op, cases] of Object.entries(GRADIENT_CASES)) {
  test(`gradients() of ${op} agree with central differences`, () => {
    cases.forEach((gradientCase, n) => {
      const name = `${op} ${n}`;
      const { graph, names, feeds } = gradientGraph(gradientCase, name);
      const results = evaluateGraph(graph, feeds);
      const loss = lossGraph(gradientCase, name);
      for (const operand of names) {
        const gradient = results.get(`gradient of ${operand}`);
        assert.ok(gradient);
        assert.deepEqual(gradient.shape, fedAs(feeds, operand).shape, operand);
        const error = relativeError(gradient.data, centralDifferences(loss, feeds, operand));
        assert.ok(error < DIFFERENCES_TOLERANCE, `${operand}: relative error ${error}`);
      }
    });
  });
}

for (const [op, flatCase] of Object.entries(FLAT_CASES)) {
  test(`gradients() through ${op} are zero`, () => {
    const { graph, names, feeds } = gradientGraph(flatCase, op);
    const results = evaluateGraph(graph, feeds);
    for (const operand of names) {
      const gradient = results.get(`gradient of ${operand}`);
      const { shape, data } = fedAs(feeds, operand);
      assert.deepEqual(gradient, { shape, data: data.map(() => 0) });
    }
  });
}

/** All cases of one op in one graph. */
function casesGraph(
  op: string,
  cases: readonly GradientCase[],
): { readonly graph: Graph; readonly feeds: Feeds } {
  const g = new GraphBuilder(op);
  const all = cases.map((gradientCase, n) => addCase(g, gradientCase, `${op} ${n}`));
  for (const inGraph of all) outputGradients(g, inGraph);
  return { graph: g.build(), feeds: new Map(all.flatMap(({ feeds }) => [...feeds])) };
}

test('gradients() of every op are in ONNX Runtime what they are in float64', async () => {
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  try {
    for (const [op, cases] of Object.entries({ ...GRADIENT_CASES, flat: Object.values(FLAT_CASES) })) {
      const { graph, feeds } = casesGraph(op, cases);
      await pool.load(op, writeOnnx(graph, new Map()));
      const results = await pool.run(op, float32Tensors(feeds));
      for (const [name, want] of evaluateGraph(graph, feeds)) {
        assert.deepEqual(results[name]?.shape, want.shape, name);
        const error = relativeError(numbersOf(results[name]), want.data);
        assert.ok(error < FLOAT32_TOLERANCE, `${name}: relative error ${error}`);
      }
    }
  } finally {
    await pool.close();
  }
});

function float32Tensors(feeds: Feeds): NamedTensors {
  const tensorOf = ({ shape, data }: NumberTensor): Tensor => float32Tensor(Float32Array.from(data), shape);
  return Object.fromEntries([...feeds].map(([name, fed]) => [name, tensorOf(fed)]));
}

test('gradients() of a small layer are, printed, these nodes', () => {
  const graph = graphOf('slopes', (g) => {
    const x = g.input('x', 'float32', ['batch', 3]);
    const y = g.relu(linear(g, x, { name: 'layer', inputs: 3, outputs: 2 }));
    const loss = g.reduceMean(y, [0, 1]);
    const wrt = g.parameters.map(({ value }) => value);
    const [weight, bias] = gradients(g, loss, wrt);
    assert.ok(weight !== undefined && bias !== undefined);
    return { loss, weight, bias };
  });
  assert.equal(
    printGraph(graph),
    `graph slopes
  input x: float32[batch, 3]
  parameter layer.weight: float32[2, 3]
  parameter layer.bias: float32[2]
  constant %c0: float32[] = 1
  constant %c1: float32[] = 0
  %0 = matmul(x, layer.weight) {transposeA: false, transposeB: true}: float32[batch, 2]
  %1 = add(%0, layer.bias): float32[batch, 2]
  %2 = relu(%1): float32[batch, 2]
  %3 = reduceMean(%2) {axes: [0, 1], keepDims: false}: float32[]
  %4 = broadcastTo(%c0) {shape: [batch, 2]}: float32[batch, 2]
  %5 = reduceSum(%4) {axes: [0, 1], keepDims: false}: float32[]
  %6 = div(%c0, %5): float32[]
  %7 = mul(%c0, %6): float32[]
  %8 = reshape(%7) {shape: [1, 1]}: float32[1, 1]
  %9 = broadcastTo(%8) {shape: [batch, 2]}: float32[batch, 2]
  %10 = greater(%2, %c1): bool[batch, 2]
  %11 = where(%10, %9, %c1): float32[batch, 2]
  %12 = reduceSum(%11) {axes: [0], keepDims: true}: float32[1, 2]
  %13 = reshape(%12) {shape: [2]}: float32[2]
  %14 = matmul(%11, x) {transposeA: true, transposeB: false}: float32[2, 3]
  output loss = %3
  output weight = %14
  output bias = %13
`,
  );
});
