import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createSessionPool, float32Tensor, GraphBuilder, writeOnnx } from '../../../../model/index.ts';
import type { NamedTensors, ProductDType, Tensor } from '../../../../model/index.ts';
import { writeLoop } from '../../../../model/training/step/write-loop.ts';
import type { TrainingStep } from '../../../../model/training/step/training-step.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { feedsOfStep, smallTrainingStep, startingState } from '../../../helpers/small-training-step.ts';

const SHARED = ['index_sample'];

const step = smallTrainingStep();
const pool = createSessionPool({ workers: 1, device: 'cpu' });
after(() => pool.close());

/** What steps 1 … `count` are fed beside their state. */
function feedsOf(count: number): readonly Record<string, Tensor>[] {
  return Array.from({ length: count }, (_, i) => feedsOfStep(step, i + 1));
}

/** The feeds with NaN in the first object's metadata. */
function broken(feeds: Record<string, Tensor>): Record<string, Tensor> {
  const { metadata } = feeds;
  assert.ok(metadata?.dtype === 'float32');
  return { ...feeds, metadata: { ...metadata, data: metadata.data.with(0, Number.NaN) } };
}

/** The state after each step, run one by one, with the metrics. */
async function oneByOne(
  feeds: readonly Record<string, Tensor>[],
  products: ProductDType = 'float32',
): Promise<readonly NamedTensors[]> {
  await pool.load('step', writeOnnx(step.graph, new Map(), { products }));
  const results: NamedTensors[] = [];
  let state = startingState(step);
  for (const ofStep of feeds) {
    const result = await pool.run('step', { ...state, ...ofStep });
    results.push(result);
    state = Object.fromEntries(step.state.map(({ name, next }) => [name, tensorOf(result, next)]));
  }
  return results;
}

/** The same steps in one call. */
async function inLoop(
  feeds: readonly Record<string, Tensor>[],
  products: ProductDType = 'float32',
): Promise<NamedTensors> {
  const model = `loop ${feeds.length}`;
  await pool.load(model, writeLoop(step, feeds.length, { shared: SHARED, products }));
  return pool.run(model, { ...startingState(step), ...stacked(feeds) });
}

/** Feeds of several steps with a first axis of steps, but for what is shared. */
function stacked(feeds: readonly Record<string, Tensor>[]): Record<string, Tensor> {
  const [first = {}] = feeds;
  return Object.fromEntries(
    Object.entries(first).map(([name, tensor]) => [
      name,
      SHARED.includes(name) ? tensor : joined(feeds.map((ofStep) => tensorOf(ofStep, name))),
    ]),
  );
}

/** Tensors of one type and shape as one with a further first axis. */
function joined(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  assert.ok(first);
  const shape = [tensors.length, ...first.shape];
  const elements = tensors.flatMap(numbersOf);
  if (first.dtype === 'float32') return float32Tensor(Float32Array.from(elements), shape);
  assert.equal(first.dtype, 'bool');
  return { dtype: 'bool', shape, data: Uint8Array.from(elements) };
}

function tensorOf(tensors: NamedTensors, name: string): Tensor {
  const tensor = tensors[name];
  assert.ok(tensor, name);
  return tensor;
}

/** The same bits, and NaN for NaN. */
function assertState(got: NamedTensors, want: NamedTensors): void {
  for (const { next } of step.state) assert.deepEqual(got[next], want[next], next);
}

for (const count of [1, 2, 5]) {
  test(`writeLoop() gives ${count} step(s) in one call the state and metrics that they have one by one`, async () => {
    const single = await oneByOne(feedsOf(count));
    const loop = await inLoop(feedsOf(count));
    assertState(loop, single.at(-1) ?? {});
    for (const name of step.metrics) {
      assert.deepEqual(loop[name]?.shape, [count], name);
      assert.deepEqual(
        numbersOf(loop[name]),
        single.flatMap((result) => numbersOf(result[name])),
        name,
      );
    }
  });
}

test('writeLoop() multiplies in float16 if asked, as single steps do', async () => {
  const loop = await inLoop(feedsOf(2), 'float16');
  assertState(loop, (await oneByOne(feedsOf(2), 'float16')).at(-1) ?? {});
  // The runtime's CPU takes pairs of casts out again: what was written shows in the bytes alone.
  assert.notDeepEqual(writeLoop(step, 2, { products: 'float16' }), writeLoop(step, 2));
});

test('writeLoop() ends at a step with NaN in its batch, with the state from before it and its metrics as the last', async () => {
  const feeds = feedsOf(5).map((ofStep, i) => (i === 2 ? broken(ofStep) : ofStep));
  const single = await oneByOne(feeds.slice(0, 3));
  const loop = await inLoop(feeds);
  assertState(loop, single[1] ?? {});
  for (const name of step.metrics) {
    assert.deepEqual(
      numbersOf(loop[name]),
      single.flatMap((result) => numbersOf(result[name])),
      name,
    );
  }
  assert.deepEqual(numbersOf(loop['gradient_norm']).map(Number.isFinite), [true, true, false]);
});

test('writeLoop() gives the state as it was if the first step is not finite', async () => {
  const [first = {}, second = {}] = feedsOf(2);
  const loop = await inLoop([broken(first), second]);
  const start = startingState(step);
  for (const { name, next } of step.state) assert.deepEqual(loop[next], start[name], name);
  assert.deepEqual(numbersOf(loop['gradient_norm']), [Number.NaN]);
});

/** A step that counts, and tells the loss and norm that it is fed; one input is read by nothing. */
function countingStep(): TrainingStep {
  const g = new GraphBuilder('counting');
  const count = g.input('count', 'float32', []);
  for (const name of ['loss', 'gradient_norm']) g.output(name, g.input(`fed.${name}`, 'float32', []));
  g.input('optimiser.unread', 'float32', []);
  g.output('next.count', g.add(count, 1));
  return {
    graph: g.build(),
    state: [{ name: 'count', next: 'next.count', shape: [], kind: 'parameter' }],
    dropoutSites: [],
    metrics: ['loss', 'gradient_norm'],
  };
}

const { NaN: notANumber, POSITIVE_INFINITY: infinity } = Number;

for (const { loss, norm, taken } of [
  { loss: [1, -2, 0], norm: [3, 1e38, 0], taken: 3 },
  { loss: [1, notANumber, 0], norm: [3, 1, 0], taken: 1 },
  { loss: [1, -infinity, 0], norm: [3, 1, 0], taken: 1 },
  { loss: [1, 2, 0], norm: [3, notANumber, 0], taken: 1 },
  { loss: [1, 2, 0], norm: [3, infinity, 0], taken: 1 },
]) {
  test(`writeLoop() takes ${taken} of 3 steps of losses ${loss.join()} and gradient norms ${norm.join()}`, async () => {
    const vector = (numbers: readonly number[]): Tensor => float32Tensor(Float32Array.from(numbers), [3]);
    await pool.load('counting', writeLoop(countingStep(), 3));
    const results = await pool.run('counting', {
      count: float32Tensor(Float32Array.of(10), []),
      'fed.loss': vector(loss),
      'fed.gradient_norm': vector(norm),
      'optimiser.unread': vector([0, 0, 0]),
    });
    assert.deepEqual(numbersOf(results['next.count']), [10 + taken]);
    assert.equal(numbersOf(results['loss']).length, Math.min(3, taken + 1));
  });
}

test('writeLoop() gives the same bytes for the same step', () => {
  assert.deepEqual(writeLoop(step, 3), writeLoop(smallTrainingStep(), 3));
});

test('writeLoop() refuses what is no number of steps, and sharing what it cannot', () => {
  for (const steps of [0, 1.5, Number.NaN])
    assert.throws(() => writeLoop(step, steps), /its steps must be a positive integer: current value is/);
  for (const shared of ['nothing', step.state[0]?.name ?? ''])
    assert.throws(() => writeLoop(step, 2, { shared: [shared] }), /must be an input that is not state/);
});
