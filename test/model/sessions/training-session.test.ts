import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder, writeOnnx } from '../../../model/index.ts';
import type { NamedTensors } from '../../../model/index.ts';
import { TrainingSession } from '../../../model/sessions/training-session.ts';
import type { TrainingPrograms } from '../../../model/sessions/training-protocol.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { numbersOf } from '../../helpers/run-graph.ts';

/** A step that takes a share of `x` off `w`: next w = w − rate · x, loss = Σ w. */
function programs(): TrainingPrograms {
  const g = new GraphBuilder('step');
  const [w, x] = [g.input('w', 'float32', [2]), g.input('x', 'float32', [2])];
  const rate = g.input('rate', 'float32', []);
  g.output('loss', g.reduceSum(w, [0]));
  g.output('next.w', g.sub(w, g.mul(x, rate)));
  g.output('gradient_norm', g.reduceSum(x, [0]));
  const loss = new GraphBuilder('evaluation');
  loss.output('loss', loss.reduceSum(loss.mul(loss.input('w', 'float32', [2]), 10), [0]));
  const onnx = writeOnnx(g.build(), new Map());
  return {
    step: {
      kind: 'single',
      onnx,
      state: [{ name: 'w', next: 'next.w', shape: [2] }],
      metrics: ['loss', 'gradient_norm'],
    },
    evaluation: { onnx: writeOnnx(loss.build(), new Map()), parameters: ['w'], metrics: ['loss'] },
    constants: { rate: float32Tensor(Float32Array.of(0.5), []) },
  };
}

const vector = (name: string, ...values: number[]): NamedTensors => ({
  [name]: float32Tensor(Float32Array.from(values), [values.length]),
});

test('TrainingSession keeps its state from step to step, and evaluates with it', async (context) => {
  const session = await TrainingSession.open(programs(), {
    state: vector('w', 4, 8),
    device: 'cpu',
    threads: 1,
  });
  context.after(() => session.close());
  const feeds = vector('x', 2, 2);
  assert.deepEqual(await session.step(feeds), { metrics: { loss: 12, gradient_norm: 4 }, isTaken: true });
  assert.equal(feeds['x']?.data.length, 0, 'the feeds are handed over');
  assert.deepEqual((await session.step(vector('x', 2, 2))).metrics, { loss: 10, gradient_norm: 4 });
  assert.deepEqual(await session.evaluate({}), { loss: 80 });
  assert.deepEqual(numbersOf((await session.readState())['w']), [2, 6]);
});

test('TrainingSession.step() does not take a state whose metrics are not finite', async (context) => {
  const session = await TrainingSession.open(programs(), { state: vector('w', 4, 8), device: 'cpu' });
  context.after(() => session.close());
  const { metrics, isTaken } = await session.step(vector('x', Number.NaN, 1));
  assert.equal(isTaken, false);
  assert.ok(Number.isNaN(metrics['gradient_norm']));
  assert.deepEqual(numbersOf((await session.readState())['w']), [4, 8]);
});

test('TrainingSession.writeState() replaces the state; what was read before stays', async (context) => {
  const session = await TrainingSession.open(programs(), { state: vector('w', 4, 8), device: 'cpu' });
  context.after(() => session.close());
  const before = await session.readState();
  await session.step(vector('x', 1, 1));
  await session.writeState(vector('w', 1, 2));
  assert.deepEqual((await session.step(vector('x', 0, 0))).metrics['loss'], 3);
  assert.deepEqual(numbersOf(before['w']), [4, 8]);
});

test('TrainingSession refuses a state that does not fit, and a step without its feeds', async (context) => {
  await assert.rejects(
    TrainingSession.open(programs(), { state: vector('w', 1, 2, 3), device: 'cpu' }),
    hasCode('INFERENCE_FAILED', 'Cannot open a training', '"w" must be float32[2]'),
  );
  const session = await TrainingSession.open(programs(), { state: vector('w', 4, 8), device: 'cpu' });
  context.after(() => session.close());
  await assert.rejects(session.step({}), hasCode('INFERENCE_FAILED', 'Cannot do a training step', "'x'"));
  assert.equal((await session.step(vector('x', 0, 0))).isTaken, true);
});
