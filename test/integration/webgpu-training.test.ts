import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device } from '../../core/index.ts';
import {
  architectureFromConfig,
  float32Tensor,
  GraphBuilder,
  int64Tensor,
  PAPER_MODALITIES,
  writeOnnx,
} from '../../model/index.ts';
import type { NamedTensors, PaperModel, Tensor } from '../../model/index.ts';
import { createOptimiser } from '../../model/optimisers/config.ts';
import { sampledKeys } from '../../model/paper/architecture.ts';
import { paperModalityEncoders } from '../../model/paper/modality-encoders.ts';
import { GpuTurn, PROCESS_TURN } from '../../model/sessions/gpu-turn.ts';
import type { RuntimeTensors } from '../../model/sessions/runtime.ts';
import { openStepRunner } from '../../model/sessions/step-runner.ts';
import { TrainingSession } from '../../model/sessions/training-session.ts';
import type { StepOutcome } from '../../model/sessions/training-protocol.ts';
import { scalarInput } from '../../model/training/step/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../model/training/step/contrastive-model.ts';
import { drawDropoutMasks } from '../../model/training/data/dropout-masks.ts';
import { buildTrainingStep } from '../../model/training/step/training-step.ts';
import { drawnWeights, SMALL_CONFIG, smallInputs } from '../helpers/paper-weights.ts';
import { numbersOf, relativeError } from '../helpers/run-graph.ts';
import { startSoftwareGpu } from '../helpers/services/software-gpu.ts';

/** Any number that no worker has. */
const MAIN_THREAD = -1;

const vector = (name: string, ...values: number[]): NamedTensors => ({
  [name]: float32Tensor(Float32Array.from(values), [values.length]),
});

test('TrainingSession keeps its state on webgpu, whatever is asked between two steps', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const g = new GraphBuilder('step');
  const [w, x] = [g.input('w', 'float32', [2]), g.input('x', 'float32', [2])];
  g.output('loss', g.reduceSum(w, [0]));
  g.output('next.w', g.sub(w, x));
  g.output('gradient_norm', g.reduceSum(x, [0]));
  const loss = new GraphBuilder('evaluation');
  loss.output('loss', loss.reduceSum(loss.mul(loss.input('w', 'float32', [2]), 10), [0]));
  const session = await TrainingSession.open(
    {
      step: {
        kind: 'single',
        onnx: writeOnnx(g.build(), new Map()),
        state: [{ name: 'w', next: 'next.w', shape: [2] }],
        metrics: ['loss', 'gradient_norm'],
      },
      evaluation: { onnx: writeOnnx(loss.build(), new Map()), parameters: ['w'], metrics: ['loss'] },
      constants: {},
    },
    { state: vector('w', 4, 8), device: 'webgpu', threads: 1 },
  );
  context.after(() => session.close());
  const weights = async (): Promise<readonly number[]> => numbersOf((await session.readState())['w']);
  assert.deepEqual(await weights(), [4, 8]);
  assert.deepEqual(await session.step(vector('x', 1, 1)), {
    metrics: { loss: 12, gradient_norm: 2 },
    isTaken: true,
  });
  assert.equal((await session.step(vector('x', Number.NaN, 1))).isTaken, false);
  assert.deepEqual(await weights(), [3, 7]);
  assert.equal((await session.step(vector('x', 1, 2))).metrics['loss'], 10);
  assert.deepEqual(await session.evaluate({}), { loss: 70 });
  assert.deepEqual(await weights(), [2, 5]);
  await session.writeState(vector('w', 1, 2));
  assert.equal((await session.step(vector('x', 0, 0))).metrics['loss'], 3);
  assert.deepEqual(await weights(), [1, 2]);
});

test('a step on webgpu leaves its state there, and frees the one before it', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const g = new GraphBuilder('step');
  const w = g.input('w', 'float32', [2]);
  g.output('next.w', g.mul(w, 2));
  g.output('loss', g.reduceSum(w, [0]));
  const state = [{ name: 'w', next: 'next.w', shape: [2] }];
  const onnx = writeOnnx(g.build(), new Map());
  const program = { kind: 'single', onnx, state, metrics: ['loss'] } as const;
  // The one use of the device in this thread; those of workers are over, or wait for their turn.
  const turn = new GpuTurn(PROCESS_TURN, MAIN_THREAD);
  const runner = await openStepRunner(program, { device: 'webgpu', intraOpThreads: 1, turn });
  context.after(() => runner.release());
  await runner.state.write(vector('w', 1, 2));
  const tensors: RuntimeTensors[string][] = [];
  for (let i = 0; i < 3; i++) {
    await runner.run({});
    await runner.state.swap();
    const tensor = runner.state.feeds()['w'];
    assert.equal(tensor?.location, 'gpu-buffer');
    tensors.push(tensor);
  }
  assert.deepEqual(
    tensors.map(({ location }) => location),
    ['none', 'none', 'gpu-buffer'],
  );
  assert.deepEqual(numbersOf((await runner.state.read())['w']), [8, 16]);
});

const PAPER: PaperModel = { architecture: architectureFromConfig(SMALL_CONFIG), layout: 'corrected' };
const BATCH = 4;
const STEPS = 5;
const LEARNING_RATE = 1e-3;
/** Between the bounds of the scale, so that it learns too. */
const LOGIT_SCALE = Math.log(10);

/** Keys that each query is tried on: any will do. */
function indexSample(): Tensor {
  const { photometry } = PAPER.architecture;
  const shape = [photometry.length, sampledKeys(photometry)];
  const keys = Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => (5 * i + 3) % photometry.length,
  );
  return int64Tensor(BigInt64Array.from(keys, BigInt), shape);
}

interface Trained {
  readonly outcomes: readonly StepOutcome[];
  readonly state: NamedTensors;
}

/** Some steps of the small paper model with the trimodal loss, dropout and Adam. */
async function trainSmallModel(device: Device): Promise<Trained> {
  const optimiser = createOptimiser({
    kind: 'adam',
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
    weightDecay: 0,
    decayScope: 'all',
  });
  const model = createContrastiveModel(paperModalityEncoders(PAPER, PAPER_MODALITIES), {
    clip: { weight: 1 },
  });
  const step = buildTrainingStep(model, {
    batch: BATCH,
    pieceRows: BATCH,
    dropoutRatioAt: () => 0.1,
    optimiser,
    decayScope: 'all',
    clipNormMax: 45,
  });
  const weights = drawnWeights(PAPER);
  const start = step.state.map(({ name, shape, kind }): [string, Tensor] => {
    const zeros = float32Tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
    if (name.startsWith('logit_scale_')) return [name, float32Tensor(Float32Array.of(LOGIT_SCALE), [])];
    return [name, kind === 'slot' ? zeros : (weights.get(name) ?? zeros)];
  });
  const present = float32Tensor(new Float32Array(BATCH).fill(1), [BATCH]);
  const constants = Object.fromEntries([
    ...[...smallInputs(BATCH)].map(([name, tensor]) => [name.replace('in.', ''), tensor] as const),
    ...PAPER_MODALITIES.map((name) => [presenceInput(name), present] as const),
    ['index_sample', indexSample()],
  ]) as NamedTensors;
  const session = await TrainingSession.open(
    {
      step: {
        kind: 'single',
        onnx: writeOnnx(step.graph, new Map()),
        state: step.state,
        metrics: step.metrics,
      },
      evaluation: null,
      constants,
    },
    { state: Object.fromEntries(start), device, threads: 1 },
  );
  try {
    const outcomes: StepOutcome[] = [];
    for (let i = 1; i <= STEPS; i++) {
      const scalars = optimiser.scalarsAt(i, LEARNING_RATE);
      const fed = optimiser.scalars.map((name, j): [string, Tensor] => [
        scalarInput(name),
        float32Tensor(Float32Array.of(scalars[j] ?? Number.NaN), []),
      ]);
      const masks = drawDropoutMasks(step.dropoutSites, { seed: 'webgpu', step: i });
      outcomes.push(await session.step({ ...masks, ...Object.fromEntries(fed) }));
    }
    return { outcomes, state: await session.readState() };
  } finally {
    await session.close();
  }
}

/**
 * Of each tensor's norm, moments included. Measured: up to 2e-6, as both sides round to float32 and sum in orders of their
 * own. A wrong kernel shows far above it: the parameters move by some 1e-2 of their norms.
 */
const TOLERANCE = 1e-4;

/**
 * A bias of keys shifts all logits of a query alike, which a softmax does not see: its true gradient is 0, and the moments
 * are of rounding alone, which Adam makes a step of any direction of.
 */
const WITHOUT_GRADIENT = /key_projection\.bias$/;

test('five steps of the paper profile on webgpu are those of the CPU', async (context) => {
  if (!(await startSoftwareGpu(context))) return;
  const [want, got] = [await trainSmallModel('cpu'), await trainSmallModel('webgpu')];
  assert.equal(got.outcomes.length, STEPS);
  for (const [i, { metrics, isTaken }] of got.outcomes.entries()) {
    assert.equal(isTaken, true);
    for (const [name, value] of Object.entries(want.outcomes[i]?.metrics ?? {}))
      assert.ok(Math.abs((metrics[name] ?? Number.NaN) / value - 1) < TOLERANCE, `${name} of step ${i + 1}`);
  }
  assert.deepEqual(Object.keys(got.state), Object.keys(want.state));
  for (const [name, tensor] of Object.entries(want.state)) {
    if (WITHOUT_GRADIENT.test(name)) continue;
    const error = relativeError(numbersOf(got.state[name]), numbersOf(tensor));
    assert.ok(error < TOLERANCE, `${name}: ${error}`);
  }
});
