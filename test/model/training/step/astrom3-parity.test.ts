import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  architectureFromConfig,
  float32Tensor,
  GraphBuilder,
  PAPER_MODALITIES,
  readSafetensors,
} from '../../../../model/index.ts';
import type { NamedTensors, PaperModel, Tensor, Tensors } from '../../../../model/index.ts';
import { gradients } from '../../../../model/autodiff/gradients.ts';
import { noDropout } from '../../../../model/ir/dropout.ts';
import { createOptimiser } from '../../../../model/optimisers/config.ts';
import { paperModalityEncoders } from '../../../../model/paper/modality-encoders.ts';
import { scalarInput } from '../../../../model/training/step/apply-update.ts';
import { createContrastiveModel, presenceInput } from '../../../../model/training/step/contrastive-model.ts';
import type { TrainableModel } from '../../../../model/training/step/trainable-model.ts';
import { buildTrainingStep, LOSS_SCALE } from '../../../../model/training/step/training-step.ts';
import { realData } from '../../../helpers/real-data.ts';
import { numbersOf, relativeError, runGraph } from '../../../helpers/run-graph.ts';

/** Of each tensor's norm; the reference is float32 too, and its sums run in another order. */
const TOLERANCE = 1e-4;

/**
 * A key's bias shifts all logits of a query alike, which a softmax does not see: its true gradient is 0, and both sides have
 * only rounding there. Far above that (1e-8 here), far below the smallest real one (0.02 of 137).
 */
const ROUNDING_RATIO = 1e-8;

interface PublishedConfig {
  readonly batch: number;
  readonly optimizer: {
    readonly lr: number;
    readonly beta1: number;
    readonly beta2: number;
    readonly eps: number;
    readonly weight_decay: number;
    readonly clip_norm: number;
  };
}

interface Reference {
  readonly config: PublishedConfig;
  readonly weights: Tensors;
  readonly vectors: Tensors;
  readonly model: TrainableModel;
}

async function reference(context: TestContext): Promise<Reference | null> {
  const folder = realData(context, 'reference', 'astrom3-small');
  if (folder === null) return null;
  const json: unknown = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8'));
  const paper: PaperModel = { architecture: architectureFromConfig(json), layout: 'reference' };
  return {
    config: json as PublishedConfig,
    weights: await readSafetensors(path.join(folder, 'weights.safetensors')),
    vectors: await readSafetensors(path.join(folder, 'vectors.safetensors')),
    model: createContrastiveModel(paperModalityEncoders(paper, PAPER_MODALITIES), { clip: { weight: 1 } }),
  };
}

/** What the reference was fed, by the names of a graph's inputs; every object has every modality. */
function feedsOf({ vectors, config }: Reference): Record<string, Tensor> {
  const inputs = [...vectors].flatMap(([name, tensor]) =>
    name.startsWith('in.') ? [[name.slice('in.'.length), tensor] as const] : [],
  );
  const present = float32Tensor(new Float32Array(config.batch).fill(1), [config.batch]);
  return Object.fromEntries([
    ...inputs,
    ...PAPER_MODALITIES.map((name) => [presenceInput(name), present] as const),
  ]);
}

function starting(vectors: Tensors, prefix: string): readonly (readonly [string, Tensor])[] {
  return [...vectors]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => [name.slice(prefix.length), tensor]);
}

function scalar(tensors: NamedTensors, name: string): number {
  return numbersOf(tensors[name])[0] ?? Number.NaN;
}

test('The gradient of the trimodal loss is that of the research code', async (context) => {
  const known = await reference(context);
  if (known === null) return;
  const { model, config, vectors, weights } = known;
  const g = new GraphBuilder('gradients');
  const features = model.encode(g, model.inputs(g, config.batch), noDropout);
  const { loss, metrics } = model.objective(g, features, config.batch);
  const parameters = [...g.parameters];
  const slopes = gradients(
    g,
    loss,
    parameters.map(({ value }) => value),
  );
  parameters.forEach(({ name }, i) => {
    const slope = slopes[i];
    assert.ok(slope);
    g.output(`grad.${name}`, slope);
  });
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  const results = await runGraph(g.build(), feedsOf(known), { weights });
  for (const pair of ['ps', 'sm', 'mp']) {
    const want = numbersOf(vectors.get(`out.loss_${pair}`))[0] ?? Number.NaN;
    assert.ok(Math.abs(scalar(results, `loss_${pair}`) / want - 1) < 1e-5, pair);
  }
  const wanted = starting(vectors, 'grad.');
  assert.equal(wanted.length, parameters.length);
  const norm = numbersOf(vectors.get('out.grad_norm'))[0] ?? Number.NaN;
  for (const [name, want] of wanted) {
    const [got, expected] = [numbersOf(results[`grad.${name}`]), numbersOf(want)];
    if (name.endsWith('key_projection.bias')) {
      assert.ok(Math.hypot(...got) < ROUNDING_RATIO * norm, name);
      assert.ok(Math.hypot(...expected) < ROUNDING_RATIO * norm, name);
    } else assert.ok(relativeError(got, expected) <= TOLERANCE, `${name}: ${relativeError(got, expected)}`);
  }
});

for (const { pieceRows, lossScale } of [
  { pieceRows: 6, lossScale: null },
  { pieceRows: 4, lossScale: null },
  { pieceRows: 1, lossScale: null },
  { pieceRows: 6, lossScale: 1024 },
] as const) {
  test(`A step of clipped Adam is that of the research code, encoding ${pieceRows} objects at a time, scaled by ${lossScale}`, async (context) => {
    const known = await reference(context);
    if (known === null) return;
    const {
      lr,
      beta1,
      beta2,
      eps,
      weight_decay: weightDecay,
      clip_norm: clipNormMax,
    } = known.config.optimizer;
    const optimiser = createOptimiser({
      kind: 'adam',
      beta1,
      beta2,
      epsilon: eps,
      weightDecay,
      decayScope: 'all',
    });
    const step = buildTrainingStep(known.model, {
      batch: known.config.batch,
      pieceRows,
      dropoutRatioAt: () => 0,
      optimiser,
      decayScope: 'all',
      clipNormMax,
      hasLossScale: lossScale !== null,
    });
    assert.deepEqual(step.metrics, ['loss', 'loss_ps', 'loss_sm', 'loss_mp', 'gradient_norm']);
    const feeds = feedsOf(known);
    if (lossScale !== null) feeds[LOSS_SCALE] = float32Tensor(Float32Array.of(lossScale), []);
    for (const { name, shape, kind } of step.state) {
      const zeros = float32Tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);
      feeds[name] = kind === 'slot' ? zeros : (known.weights.get(name) ?? zeros);
    }
    optimiser.scalars.forEach((name, i) => {
      const value = optimiser.scalarsAt(1, lr)[i] ?? Number.NaN;
      feeds[scalarInput(name)] = float32Tensor(Float32Array.of(value), []);
    });
    const results = await runGraph(step.graph, feeds);
    const norm = numbersOf(known.vectors.get('out.grad_norm'))[0] ?? Number.NaN;
    assert.ok(Math.abs(scalar(results, 'gradient_norm') / norm - 1) < TOLERANCE);
    for (const [name, want] of starting(known.vectors, 'step1.')) {
      const error = relativeError(numbersOf(results[`next.${name}`]), numbersOf(want));
      assert.ok(error <= TOLERANCE, `${name}: ${error}`);
    }
  });
}
