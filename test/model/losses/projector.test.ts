import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor } from '../../../model/index.ts';
import { barlowTwinsLoss } from '../../../model/losses/barlow-twins.ts';
import { projector } from '../../../model/losses/projector.ts';
import { drawnBatch, lossGraph, runLoss, subsetOf } from '../../helpers/paired-losses.ts';
import type { WriteLoss } from '../../helpers/paired-losses.ts';
import { graphOf, numbersOf, relativeError, runGraph } from '../../helpers/run-graph.ts';

const SIZES = { hiddenDimensions: 5, outputDimensions: 3 };

const projected: WriteLoss = (g, modalities) =>
  barlowTwinsLoss(
    g,
    modalities.map((modality) => projector(g, modality, SIZES)),
  );

test('projector() has three matrices and two affine normalisations a modality, shared by its views', () => {
  const shapes = (keys: readonly string[]): unknown =>
    graphOf('projector', (g) => {
      const outputs = keys.map((key, i) =>
        projector(g, { key, projection: g.input(`x${i}`, 'float32', ['batch', 4]), present: null }, SIZES),
      );
      return Object.fromEntries(outputs.map(({ projection }, i) => [`y${i}`, projection]));
    }).parameters.map(({ name, value }) => [name, value.shape]);
  const one = [
    ['projector.p.linear1.weight', [5, 4]],
    ['projector.p.norm1.weight', [5]],
    ['projector.p.norm1.bias', [5]],
    ['projector.p.linear2.weight', [5, 5]],
    ['projector.p.norm2.weight', [5]],
    ['projector.p.norm2.bias', [5]],
    ['projector.p.linear3.weight', [3, 5]],
  ];
  assert.deepEqual(shapes(['p']), one);
  assert.deepEqual(shapes(['p', 'p']), one);
});

test('projector() is linear, normalise, ReLU, twice, and linear', async () => {
  const graph = graphOf('projector', (g) => {
    const modality = { key: 'p', projection: g.input('x', 'float32', ['batch', 1]), present: null };
    return { y: projector(g, modality, { hiddenDimensions: 1, outputDimensions: 2 }).projection };
  });
  const weights = new Map(
    Object.entries({
      'linear1.weight': [3],
      'norm1.weight': [2],
      'norm1.bias': [0.5],
      'linear2.weight': [-1],
      'norm2.weight': [1],
      'norm2.bias': [0],
      'linear3.weight': [7, -2],
    }).map(([name, values]) => {
      const shape = name.startsWith('norm') ? [1] : [values.length, 1];
      return [`projector.p.${name}`, float32Tensor(Float32Array.from(values), shape)];
    }),
  );
  const x = float32Tensor(Float32Array.of(1, -1), [2, 1]);
  const { y } = await runGraph(graph, { x }, { weights });
  // ±1 · 3 normalised is ±1, then 2.5 and −1.5, of which ReLU leaves 2.5 and 0; negated and normalised −1 and 1, then 0 and 1.
  // What 1e-5 beside the variances 9 and 1.56 takes away is below the tolerance.
  assert.ok(relativeError(numbersOf(y), [0, 0, 7, -2]) < 1e-5, numbersOf(y).join());
});

test('projector() keeps absent objects out of its statistics', async () => {
  const present = [1, 1, 0, 1, 1, 0, 1];
  const batches = [drawnBatch('p', [7, 4], present), drawnBatch('s', [7, 4], present)];
  const spoilt = batches.map((batch) => {
    const data = batch.projection.data.slice();
    data.fill(Number.NaN, 8, 12);
    return { ...batch, projection: { ...batch.projection, data } };
  });
  const { loss } = await runLoss(spoilt, projected);
  const want = await runLoss(
    batches.map((batch) => subsetOf(batch, [0, 1, 3, 4, 6])),
    projected,
  );
  // Float32 rounding through three layers.
  assert.ok(relativeError([loss], [want.loss]) < 1e-4, `${loss}, not ${want.loss}`);
  assert.equal(lossGraph(batches, projected).parameters.length, 14);
});
