import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder, int64Tensor } from '../../../../model/index.ts';
import { gradients } from '../../../../model/autodiff/gradients.ts';
import {
  createContrastiveModel,
  LABEL_INPUT,
  presenceInput,
} from '../../../../model/training/step/contrastive-model.ts';
import type { ModalityEncoder } from '../../../../model/training/step/modality-encoder.ts';
import { finishedGraph } from '../../../../model/training/step/finished-graph.ts';
import { drawnTensor } from '../../../helpers/paper-weights.ts';
import { numbersOf, runGraph } from '../../../helpers/run-graph.ts';

const BATCH = 4;
const WIDTH = 3;

/** Gives its input as its encoding and embedding. */
function plainEncoder(name: string): ModalityEncoder {
  return {
    name,
    key: name,
    rows: (g, { batch, nameOf = (own) => own }) => ({
      [name]: g.input(nameOf(name), 'float32', [batch, WIDTH]),
    }),
    shared: () => ({}),
    encode: (_, { rows }) => rows[name] ?? assert.fail(name),
    project: (_, encoding) => encoding,
  };
}

/** Gradients of a class head by its weight and bias; object 3 has no modality, object 2 none but `b`. */
async function headSlopes(from: string, absent: { readonly value: number; readonly label: bigint }) {
  const model = createContrastiveModel([plainEncoder('a'), plainEncoder('b')], {
    classes: { weight: 1, count: 2, logitScale: 1, from },
  });
  const g = new GraphBuilder('head');
  const features = model.encode(g, model.inputs(g, BATCH), (_, x) => x);
  const { loss } = model.objective(g, features, BATCH);
  const parameters = g.parameters;
  const slopes = gradients(
    g,
    loss,
    parameters.map(({ value }) => value),
  );
  for (const [i, { name }] of parameters.entries()) g.output(`slope.${name}`, slopes[i] ?? loss);
  const rows = (name: string, present: readonly number[]) => {
    const { data } = drawnTensor([BATCH, WIDTH], name);
    return float32Tensor(
      data.map((x, i) => (present[Math.floor(i / WIDTH)] === 1 ? x : absent.value)),
      [BATCH, WIDTH],
    );
  };
  const present = { a: [1, 1, 0, 0], b: [1, 0, 1, 0] };
  const all = {
    a: rows('a', present.a),
    b: rows('b', present.b),
    [presenceInput('a')]: float32Tensor(Float32Array.from(present.a), [BATCH]),
    [presenceInput('b')]: float32Tensor(Float32Array.from(present.b), [BATCH]),
    [LABEL_INPUT]: int64Tensor(BigInt64Array.of(0n, 1n, from === 'all' ? 1n : absent.label, absent.label), [
      BATCH,
    ]),
    'head.weight': drawnTensor([2, WIDTH], 'weight'),
    'head.bias': drawnTensor([2], 'bias'),
  };
  const graph = finishedGraph(g);
  const taken = new Set(graph.inputs.map(({ name }) => name));
  const feeds = Object.fromEntries(Object.entries(all).filter(([name]) => taken.has(name)));
  const outputs = await runGraph(graph, feeds);
  return ['slope.head.weight', 'slope.head.bias'].flatMap((name) => numbersOf(outputs[name]));
}

for (const from of ['all', 'a'])
  test(`A class head on "${from}" learns nothing of objects that lack what it looks at`, async () => {
    const slopes = await headSlopes(from, { value: 0, label: -1n });
    assert.ok(slopes.length === 2 * WIDTH + 2 && slopes.some((slope) => slope !== 0));
    assert.deepEqual(await headSlopes(from, { value: 7, label: 1n }), slopes);
  });

test('createContrastiveModel() weights the pairs of a loss between modalities as configured', async () => {
  const encoders = ['p', 's', 'm'].map(plainEncoder);
  const model = createContrastiveModel(encoders, {
    clip: { weight: 0.5, pairWeights: { ps: 3, sm: 1, mp: 2 } },
  });
  const g = new GraphBuilder('pairs');
  const features = model.encode(g, model.inputs(g, BATCH), (_, x) => x);
  const { loss, metrics } = model.objective(g, features, BATCH);
  g.output('loss', loss);
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  const feeds = Object.fromEntries(
    ['p', 's', 'm'].flatMap((name) => [
      [name, drawnTensor([BATCH, WIDTH], name)],
      [presenceInput(name), float32Tensor(new Float32Array(BATCH).fill(1), [BATCH])],
    ]),
  );
  const scales = Object.fromEntries(
    g.parameters.map(({ name }) => [name, float32Tensor(Float32Array.of(1), [])]),
  );
  const outputs = await runGraph(finishedGraph(g), { ...feeds, ...scales });
  const of = (name: string): number => numbersOf(outputs[name])[0] ?? NaN;
  const want = 0.5 * (3 * of('loss_ps') + of('loss_sm') + 2 * of('loss_mp'));
  assert.ok(Math.abs(of('loss') - want) < 1e-5, `${of('loss')} and ${want}`);
});
