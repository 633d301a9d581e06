import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  architectureFromConfig,
  float32Tensor,
  int64Tensor,
  PAPER_MODALITIES,
  writeOnnx,
} from '../../../../model/index.ts';
import type { NamedTensors, Tensor } from '../../../../model/index.ts';
import { createOptimiser } from '../../../../model/optimisers/config.ts';
import { paperModalityEncoders } from '../../../../model/paper/modality-encoders.ts';
import { TrainingSession } from '../../../../model/sessions/training-session.ts';
import type { StepProgram } from '../../../../model/sessions/training-protocol.ts';
import { accumulatedProgram } from '../../../../model/training/step/accumulated-program.ts';
import { buildAccumulatedStep } from '../../../../model/training/step/accumulated-step.ts';
import { scalarInput } from '../../../../model/training/step/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../../../model/training/step/contrastive-model.ts';
import { buildTrainingStep } from '../../../../model/training/step/training-step.ts';
import type { TrainingStep } from '../../../../model/training/step/training-step.ts';
import { drawnTensor, SMALL_CONFIG } from '../../../helpers/paper-weights.ts';
import { numbersOf, relativeError } from '../../../helpers/run-graph.ts';

const BATCH = 6;
const paper = { architecture: architectureFromConfig(SMALL_CONFIG), layout: 'corrected' } as const;
const model = createContrastiveModel(paperModalityEncoders(paper, PAPER_MODALITIES), {
  clip: { weight: 1 },
  barlowTwins: { weight: 0.1, redundancyWeight: 0.1, projector: null },
});
const optimiser = createOptimiser({
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decayScope: 'all',
});
const options = {
  batch: BATCH,
  dropoutRatioAt: () => 0.5,
  optimiser,
  decayScope: 'all',
  clipNormMax: 1,
} as const;

/** Gradients of one batch summed in another order; Adam's first step is nearly their sign, so that rounding shows. */
const TOLERANCE = 1e-4;

/** What a step is fed besides its state: drawn inputs and masks, and two objects that lack a modality. */
function feedsAt(step: number, { graph, state }: TrainingStep): NamedTensors {
  const states = new Set(state.map(({ name }) => name));
  const scalars = optimiser.scalars.map((name, i): readonly [string, Tensor] => [
    scalarInput(name),
    float32Tensor(Float32Array.of(optimiser.scalarsAt(step, 0.01)[i] ?? Number.NaN), []),
  ]);
  const drawn = graph.inputs.flatMap(({ name, value }): readonly (readonly [string, Tensor])[] => {
    const shape = value.shape.map(Number);
    if (states.has(name) || shape.length === 0) return [];
    const tensor = drawnTensor(shape, `${name} ${step}`);
    if (name === presenceInput('spectra'))
      return [[name, float32Tensor(Float32Array.of(1, 0, 1, 1, 0, 1), shape)]];
    if (name === 'mask' || name.startsWith('present.'))
      return [
        [
          name,
          float32Tensor(
            tensor.data.map(() => 1),
            shape,
          ),
        ],
      ];
    if (value.dtype === 'bool')
      return [[name, { dtype: 'bool', shape, data: Uint8Array.from(tensor.data, (x) => (x > 0 ? 1 : 0)) }]];
    if (value.dtype === 'int64') {
      const indices = BigInt64Array.from(tensor.data, (_, i) => BigInt(i % Number(shape[0])));
      return [[name, int64Tensor(indices, shape)]];
    }
    return [[name, tensor]];
  });
  return Object.fromEntries([...scalars, ...drawn]);
}

function startOf({ state }: TrainingStep): NamedTensors {
  return Object.fromEntries(
    state.map(({ name, shape, kind }) => {
      const { data } = drawnTensor(shape, name);
      return [
        name,
        float32Tensor(
          data.map((x) => (kind === 'slot' ? 0 : 0.2 * x)),
          shape,
        ),
      ];
    }),
  );
}

async function afterThreeSteps(
  context: TestContext,
  program: StepProgram,
  whole: TrainingStep,
): Promise<{ readonly state: NamedTensors; readonly metrics: readonly Readonly<Record<string, number>>[] }> {
  const session = await TrainingSession.open(
    { step: program, evaluation: null, constants: {} },
    { state: startOf(whole), device: 'cpu', threads: 1 },
  );
  context.after(() => session.close());
  const metrics: Readonly<Record<string, number>>[] = [];
  for (const step of [1, 2, 3]) {
    const outcome = await session.step(feedsAt(step, whole));
    assert.equal(outcome.isTaken, true);
    metrics.push(outcome.metrics);
  }
  return { state: await session.readState(), metrics };
}

test('A step over pieces of a batch is the step over the whole', async (context) => {
  const whole = buildTrainingStep(model, { ...options, pieceRows: BATCH });
  const want = await afterThreeSteps(
    context,
    { kind: 'single', onnx: writeOnnx(whole.graph, new Map()), state: whole.state, metrics: whole.metrics },
    whole,
  );
  for (const pieceRows of [1, 2, 3]) {
    const step = buildAccumulatedStep(model, { ...options, pieceRows });
    assert.deepEqual(
      step.dropoutSites.map(({ input }) => input),
      whole.dropoutSites.map(({ input }) => input),
    );
    const got = await afterThreeSteps(context, accumulatedProgram(step), whole);
    for (const [i, metrics] of want.metrics.entries()) {
      for (const [name, value] of Object.entries(metrics)) {
        const other = got.metrics[i]?.[name] ?? Number.NaN;
        assert.ok(Math.abs(other - value) <= TOLERANCE * Math.abs(value), `${name}: ${other} and ${value}`);
      }
    }
    assert.deepEqual(Object.keys(got.state).sort(), Object.keys(want.state).sort());
    for (const name of Object.keys(want.state)) {
      // A key's bias has no gradient but rounding, and Adam brings any gradient to one size.
      if (name.endsWith('key_projection.bias')) continue;
      const error = relativeError(numbersOf(got.state[name]), numbersOf(want.state[name]));
      assert.ok(error <= TOLERANCE, `${pieceRows} rows, ${name}: ${error}`);
    }
  }
});

test('buildAccumulatedStep() refuses pieces that do not divide the batch', () => {
  assert.throws(
    () => buildAccumulatedStep(model, { ...options, pieceRows: 4 }),
    /must divide the batch of 6: current value is 4/,
  );
});
