import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildAlertsGraphs,
  createSessionPool,
  float32Tensor,
  GraphBuilder,
  printGraph,
  writeOnnx,
} from '../../../model/index.ts';
import type { NamedTensors, Tensor } from '../../../model/index.ts';
import { alertsModalityEncoders } from '../../../model/alerts/modality-encoders.ts';
import { createOptimiser } from '../../../model/optimisers/config.ts';
import type { OptimiserConfig } from '../../../model/optimisers/config.ts';
import { scalarInput } from '../../../model/training/step/apply-update.ts';
import { createContrastiveModel } from '../../../model/training/step/contrastive-model.ts';
import { dropoutInputs } from '../../../model/training/step/dropout-inputs.ts';
import { drawDropoutMasks } from '../../../model/training/data/dropout-masks.ts';
import { initialiseWeights } from '../../../model/training/initialise-weights.ts';
import type { TrainableModel } from '../../../model/training/step/trainable-model.ts';
import { buildTrainingStep } from '../../../model/training/step/training-step.ts';
import type { TrainingStep } from '../../../model/training/step/training-step.ts';
import { numberTensorOf } from '../../helpers/evaluate/number-tensor.ts';
import { evaluateGraph } from '../../helpers/evaluate-graph.ts';
import { drawnTensor } from '../../helpers/paper-weights.ts';
import { numbersOf, runGraph } from '../../helpers/run-graph.ts';
import { drawnAlerts, SMALL_ALERTS, SMALL_SAMPLES } from '../../helpers/small-alerts.ts';

const GRADIENT_DESCENT: OptimiserConfig = {
  kind: 'sgd',
  momentum: 0,
  isNesterov: false,
  weightDecay: 0,
  decayScope: 'all',
};
const ADAM: OptimiserConfig = {
  kind: 'adam',
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decayScope: 'all',
};

/** Far below the bound of the scale, so that it learns too. */
const LOGIT_SCALE = Math.log(10);

const DROPOUT_RATIO = 0.1;

function smallModel(length: number): TrainableModel {
  const encoders = alertsModalityEncoders(SMALL_ALERTS, { spectrumSamples: SMALL_SAMPLES, length });
  return createContrastiveModel(encoders, { clip: { weight: 1 } });
}

interface StepSizes {
  readonly batch: number;
  readonly length: number;
  readonly dropoutRatio: number;
  readonly learningRateRatioOf?: (name: string) => number;
}

function smallStep(
  config: OptimiserConfig,
  { batch, length, dropoutRatio, ...rates }: StepSizes,
): TrainingStep {
  return buildTrainingStep(smallModel(length), {
    batch,
    pieceRows: batch,
    dropoutRatioAt: () => dropoutRatio,
    optimiser: createOptimiser(config),
    decayScope: config.decayScope,
    clipNormMax: null,
    ...rates,
  });
}

/** Drawn parameters, and slots of zeros. */
function startOf({ state }: TrainingStep): NamedTensors {
  const shapes = state.map(({ name, shape }) => [name, shape] as const);
  const weights = initialiseWeights(shapes, { seed: 'training', logitScale: LOGIT_SCALE });
  return Object.fromEntries(
    state.map(({ name, shape, kind }) => {
      const zeros = float32Tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
      return [name, kind === 'slot' ? zeros : (weights.get(name) ?? zeros)];
    }),
  );
}

function scalarsAt(config: OptimiserConfig, step: number, learningRate: number): NamedTensors {
  const optimiser = createOptimiser(config);
  const values = optimiser.scalarsAt(step, learningRate);
  return Object.fromEntries(
    optimiser.scalars.map((name, i) => [
      scalarInput(name),
      float32Tensor(Float32Array.of(values[i] ?? Number.NaN), []),
    ]),
  );
}

/** What a step gave under the names by which the next one takes it. */
function nextState({ state }: TrainingStep, outputs: NamedTensors): NamedTensors {
  return Object.fromEntries(
    state.map(({ name, next }) => {
      const tensor = outputs[next];
      assert.ok(tensor, next);
      return [name, tensor];
    }),
  );
}

const scalar = (tensors: NamedTensors, name: string): number => numbersOf(tensors[name])[0] ?? Number.NaN;

test('buildAlertsGraphs() has the inputs, parameters and outputs of the releases', () => {
  const { photometry, spectrum, metadata } = buildAlertsGraphs(SMALL_ALERTS, SMALL_SAMPLES);
  const lines = [photometry, spectrum, metadata].flatMap((graph) =>
    printGraph(graph)
      .split('\n')
      .filter((line) => /^(graph| {2}(input|parameter|output)) /.test(line))
      .map((line) => line.replace(/ = .*$/, '').trim()),
  );
  const layer = (i: number): string[] => [
    `parameter photometry.layers.${i}.norm1.weight: float32[8]`,
    `parameter photometry.layers.${i}.norm1.bias: float32[8]`,
    ...['query', 'key', 'value', 'output'].flatMap((part) => [
      `parameter photometry.layers.${i}.attention.${part}.weight: float32[8, 8]`,
      `parameter photometry.layers.${i}.attention.${part}.bias: float32[8]`,
    ]),
    `parameter photometry.layers.${i}.norm2.weight: float32[8]`,
    `parameter photometry.layers.${i}.norm2.bias: float32[8]`,
    `parameter photometry.layers.${i}.expand.weight: float32[16, 8]`,
    `parameter photometry.layers.${i}.expand.bias: float32[16]`,
    `parameter photometry.layers.${i}.contract.weight: float32[8, 16]`,
    `parameter photometry.layers.${i}.contract.bias: float32[8]`,
  ];
  assert.deepEqual(lines, [
    'graph alerts_photometry',
    'input tokens: float32[batch, length, 55]',
    'input tokens_mask: float32[batch, length]',
    'input globals: float32[batch, 1599]',
    'parameter photometry.tokens.weight: float32[8, 55]',
    'parameter photometry.tokens.bias: float32[8]',
    ...layer(0),
    ...layer(1),
    'parameter photometry.norm.weight: float32[8]',
    'parameter photometry.norm.bias: float32[8]',
    'parameter photometry.pool.query.weight: float32[2, 8]',
    'parameter photometry.pool.query.bias: float32[2]',
    'parameter photometry.pool.value.weight: float32[8, 8]',
    'parameter photometry.pool.value.bias: float32[8]',
    'parameter photometry.globals.weight: float32[12, 1599]',
    'parameter photometry.globals.bias: float32[12]',
    'parameter photometry.join.weight: float32[12, 20]',
    'parameter photometry.join.bias: float32[12]',
    'parameter photometry.project.weight: float32[8, 12]',
    'parameter photometry.project.bias: float32[8]',
    'output photometry',
    'graph alerts_spectrum',
    'input spectra: float32[batch, 3, 32]',
    'parameter spectrum.convolutions.0.weight: float32[4, 3, 7]',
    'parameter spectrum.convolutions.0.bias: float32[4]',
    'parameter spectrum.convolutions.1.weight: float32[8, 4, 7]',
    'parameter spectrum.convolutions.1.bias: float32[8]',
    'parameter spectrum.position: float32[8, 8]',
    'parameter spectrum.pool.query.weight: float32[2, 8]',
    'parameter spectrum.pool.query.bias: float32[2]',
    'parameter spectrum.pool.value.weight: float32[8, 8]',
    'parameter spectrum.pool.value.bias: float32[8]',
    'parameter spectrum.project.weight: float32[8, 8]',
    'parameter spectrum.project.bias: float32[8]',
    'output spectra_embedding',
    'graph alerts_metadata',
    'input metadata: float32[batch, 351]',
    'parameter metadata.hidden1.weight: float32[6, 351]',
    'parameter metadata.hidden1.bias: float32[6]',
    'parameter metadata.hidden2.weight: float32[6, 6]',
    'parameter metadata.hidden2.bias: float32[6]',
    'parameter metadata.project.weight: float32[8, 6]',
    'parameter metadata.project.bias: float32[8]',
    'output metadata_embedding',
  ]);
});

test('alertsModalityEncoders() drop elements at named sites', () => {
  const { dropoutSites } = smallStep(ADAM, { batch: 4, length: 16, dropoutRatio: DROPOUT_RATIO });
  assert.deepEqual(
    dropoutSites.map(({ input, shape }) => `${input} [${shape.join(', ')}]`),
    [
      'dropout.photometry.layers.0.attention [4, 16, 8]',
      'dropout.photometry.layers.0.wide [4, 16, 16]',
      'dropout.photometry.layers.0.narrow [4, 16, 8]',
      'dropout.photometry.layers.1.attention [4, 16, 8]',
      'dropout.photometry.layers.1.wide [4, 16, 16]',
      'dropout.photometry.layers.1.narrow [4, 16, 8]',
      'dropout.photometry.pool [4, 8]',
      'dropout.summary.globals [4, 12]',
      'dropout.summary.join [4, 12]',
      'dropout.spectra.pool [4, 8]',
      'dropout.metadata.0 [4, 6]',
      'dropout.metadata.1 [4, 6]',
    ],
  );
});

test("the gradient of a training step is the loss's slope along any direction", async () => {
  const [batch, length] = [4, 16];
  const step = smallStep(GRADIENT_DESCENT, { batch, length, dropoutRatio: DROPOUT_RATIO });
  const parameters = startOf(step);
  const masks = drawDropoutMasks(step.dropoutSites, { seed: 'slope', step: 1 });
  const feeds = { ...drawnAlerts(batch, length), ...masks };
  const outputs = await runGraph(step.graph, {
    ...feeds,
    ...parameters,
    ...scalarsAt(GRADIENT_DESCENT, 1, 1),
  });

  const g = new GraphBuilder('loss');
  const model = smallModel(length);
  const { dropout } = dropoutInputs({ batch, ratioAt: () => DROPOUT_RATIO });
  const features = model.encode(g, model.inputs(g, batch), dropout({ first: 0, count: batch }));
  g.output('loss', model.objective(g, features, batch).loss);
  const graph = g.build();
  const fixed = Object.entries(feeds).map(([name, tensor]) => [name, numberTensorOf(tensor)] as const);
  const directions = new Map(
    step.state.map(({ name, shape }) => [name, numbersOf(drawnTensor(shape, name))]),
  );
  const lossAt = (distance: number): number => {
    const moved = Object.entries(parameters).map(([name, tensor]) => {
      const along = directions.get(name) ?? [];
      const { shape, data } = numberTensorOf(tensor);
      return [name, { shape, data: data.map((value, i) => value + distance * (along[i] ?? 0)) }] as const;
    });
    return evaluateGraph(graph, new Map([...fixed, ...moved])).get('loss')?.data[0] ?? Number.NaN;
  };
  assert.ok(Math.abs(scalar(outputs, 'loss') / lossAt(0) - 1) < 1e-5);

  // With a learning rate of 1 a step of plain descent takes the gradient off.
  const slope = step.state.reduce((sum, { name, next }) => {
    const [old, after] = [numbersOf(parameters[name]), numbersOf(outputs[next])];
    const along = directions.get(name) ?? [];
    return sum + old.reduce((part, value, i) => part + (value - (after[i] ?? 0)) * (along[i] ?? 0), 0);
  }, 0);
  const distance = 1e-5;
  const difference = (lossAt(distance) - lossAt(-distance)) / (2 * distance);
  // The step is in float32 and the gradient a difference of parameters.
  assert.ok(Math.abs(slope / difference - 1) < 1e-4, `${slope} is not ${difference}`);
});

test('ten steps of Adam make the loss of sixteen objects smaller', async (context) => {
  const [batch, length] = [16, 16];
  const step = smallStep(ADAM, { batch, length, dropoutRatio: 0 });
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  context.after(() => pool.close());
  await pool.load('step', writeOnnx(step.graph, new Map()));
  const batches = drawnAlerts(batch, length);
  const losses: number[] = [];
  let state = startOf(step);
  for (let i = 1; i <= 10; i++) {
    const outputs = await pool.run('step', { ...batches, ...state, ...scalarsAt(ADAM, i, 0.01) });
    losses.push(scalar(outputs, 'loss'));
    state = nextState(step, outputs);
  }
  const [first = 0, last = 0] = [losses[0], losses.at(-1)];
  assert.ok(last < 0.8 * first, losses.join(', '));
});

test('a rate ratio shortens the steps of the parameters that it is for, down to none', async () => {
  const sizes = { batch: 4, length: 16, dropoutRatio: 0 };
  const learningRateRatioOf = (name: string): number => {
    if (name.startsWith('metadata.')) return 0;
    return name.startsWith('spectrum.') ? 0.25 : 1;
  };
  const [whole, slowed] = [smallStep(ADAM, sizes), smallStep(ADAM, { ...sizes, learningRateRatioOf })];
  const state = startOf(whole);
  const feeds = { ...drawnAlerts(sizes.batch, sizes.length), ...state, ...scalarsAt(ADAM, 1, 0.01) };
  const [plain, own] = [await runGraph(whole.graph, feeds), await runGraph(slowed.graph, feeds)];
  for (const { name, next, kind } of whole.state) {
    const [old, far, near] = [numbersOf(state[name]), numbersOf(plain[next]), numbersOf(own[next])];
    const ratio = kind === 'slot' ? 1 : learningRateRatioOf(name);
    old.forEach((value, i) => {
      const want = value + ratio * ((far[i] ?? Number.NaN) - value);
      assert.ok(Math.abs((near[i] ?? Number.NaN) - want) < 1e-6, `${name}: ${near[i]} and ${want}`);
    });
  }
});

test('the steps of two buckets share one state', async () => {
  const batch = 4;
  const [short, long] = [16, 32].map((length) => smallStep(ADAM, { batch, length, dropoutRatio: 0 }));
  assert.ok(short && long);
  assert.deepEqual(short.state, long.state);
  const run = async (step: TrainingStep, length: number, state: NamedTensors): Promise<NamedTensors> => {
    const feeds: Record<string, Tensor> = { ...drawnAlerts(batch, length), ...state };
    return runGraph(step.graph, { ...feeds, ...scalarsAt(ADAM, 2, 0.01) });
  };
  const state = nextState(short, await run(short, 16, startOf(short)));
  const [want, got] = [await run(short, 16, state), await run(long, 32, state)];
  // Padding has no weight at all, but the sums of a longer axis run in another order.
  for (const name of ['loss', 'gradient_norm'])
    assert.ok(Math.abs(scalar(got, name) / scalar(want, name) - 1) < 1e-5, name);
});
