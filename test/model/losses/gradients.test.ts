import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder, int64Tensor, readSafetensors } from '../../../model/index.ts';
import type { Tensor, TensorOf } from '../../../model/index.ts';
import { gradients } from '../../../model/autodiff/gradients.ts';
import { barlowTwinsLoss } from '../../../model/losses/barlow-twins.ts';
import { clipLoss } from '../../../model/losses/clip.ts';
import { crossEntropyLoss } from '../../../model/losses/cross-entropy.ts';
import { LOGIT_SCALE_STARTS } from '../../../model/losses/logit-scale.ts';
import { projector } from '../../../model/losses/projector.ts';
import {
  batchOfRows,
  drawnBatch,
  runGradients,
  runLoss,
  scalarTensor,
  subsetOf,
} from '../../helpers/paired-losses.ts';
import type { LossGradients, ModalityBatch, WriteLoss } from '../../helpers/paired-losses.ts';
import { drawnTensor } from '../../helpers/paper-weights.ts';
import { realData } from '../../helpers/real-data.ts';
import { numbersOf, relativeError, runGraph } from '../../helpers/run-graph.ts';

const projected: WriteLoss = (g, modalities) =>
  barlowTwinsLoss(
    g,
    modalities.map((modality) => projector(g, modality, { hiddenDimensions: 5, outputDimensions: 3 })),
  );

const LOSSES: readonly (readonly [string, WriteLoss])[] = [
  ['clipLoss()', clipLoss],
  ['barlowTwinsLoss()', barlowTwinsLoss],
  ['barlowTwinsLoss() behind projector()', projected],
];

function allOf({ projections, parameters }: LossGradients): readonly number[] {
  return [...projections.flat(), ...Object.values(parameters).flat()];
}

const isZero = (value: number): boolean => value === 0;

/** A scale at which no pair decides alone. */
const softScale = (name: string, shape: readonly number[]): Tensor =>
  shape.length === 0 ? scalarTensor(Math.log(3)) : drawnTensor(shape, name);

test('barlowTwinsLoss() has the gradients of PyTorch in float64', async (context) => {
  const folder = realData(context, 'reference', 'barlow-twins');
  if (folder === null) return;
  const vectors = await readSafetensors(path.join(folder, 'vectors.safetensors'));
  const keys = ['p', 's', 'm'];
  const batches = keys.map((key) => ({ key, projection: rounded(vectors.get(`in.${key}`)) }));
  const { projections } = await runGradients(batches, barlowTwinsLoss);
  keys.forEach((key, i) => {
    const error = relativeError(projections[i] ?? [], numbersOf(vectors.get(`grad.${key}`)));
    // Float32 against float64: sums over 16 rows and 12 columns, through the normalisation.
    assert.ok(error < 1e-5, `${key}: ${error}`);
  });
});

/** Float64 elements as float32. */
function rounded(tensor: Tensor | undefined): TensorOf<'float32'> {
  assert.ok(tensor);
  return float32Tensor(Float32Array.from(numbersOf(tensor)), tensor.shape);
}

test('clipLoss() has the gradients of the research code in its scales', async (context) => {
  const folder = realData(context, 'reference', 'astrom3-small');
  if (folder === null) return;
  const vectors = await readSafetensors(path.join(folder, 'vectors.safetensors'));
  const weights = await readSafetensors(path.join(folder, 'weights.safetensors'));
  const batch = (key: string, name: string): ModalityBatch => ({
    key,
    projection: rounded(vectors.get(name)),
  });
  const { parameters } = await runGradients(
    [batch('p', 'out.photometry'), batch('s', 'out.spectra'), batch('m', 'out.metadata')],
    clipLoss,
    (name) => weights.get(name) ?? assert.fail(name),
  );
  for (const name of ['logit_scale_ps', 'logit_scale_sm', 'logit_scale_mp']) {
    const error = relativeError(parameters[name] ?? [], numbersOf(vectors.get(`grad.${name}`)));
    // Float32 rounding of cosines, times τ = e², in differences of logits.
    assert.ok(error < 1e-5, `${name}: ${error}`);
  }
});

test('clipLoss() passes the gradient of a scale on its bound, and none beyond', async () => {
  const batches = [drawnBatch('p', [5, 4]), drawnBatch('s', [5, 4])];
  const slope = async (t: number): Promise<number> =>
    (await runGradients(batches, clipLoss, () => scalarTensor(t))).parameters['logit_scale_ps']?.[0] ??
    Number.NaN;
  const onBound = await slope(0);
  const inside = await slope(1e-3);
  assert.ok(onBound !== 0 && Math.abs(onBound - inside) < 0.01 * Math.abs(inside), `${onBound}, ${inside}`);
  const start = Math.fround(LOGIT_SCALE_STARTS.published);
  const belowStart = start - 2 ** -21;
  assert.ok((await slope(belowStart)) !== 0, 'the next float32 below ln 100');
  for (const beyond of [-1e-3, start, 79, 81, 1000, -1000]) assert.equal(await slope(beyond), 0, `${beyond}`);
});

for (const [name, write] of LOSSES) {
  test(`${name} falls and rises along its gradient, absent objects and all`, async () => {
    const batches = [
      drawnBatch('p', [6, 4], [1, 1, 0, 1, 1, 1]),
      drawnBatch('s', [6, 4], [1, 0, 1, 1, 1, 1]),
      drawnBatch('m', [6, 4]),
    ];
    const { projections } = await runGradients(batches, write, softScale);
    const norm = Math.hypot(...projections.flat());
    const step = 0.01;
    const moved = async (sign: number): Promise<number> => {
      const shifted = batches.map((batch, i) => ({
        ...batch,
        projection: float32Tensor(
          batch.projection.data.map((x, k) => x + (sign * step * (projections[i]?.[k] ?? 0)) / norm),
          batch.projection.shape,
        ),
      }));
      return (await runLoss(shifted, write, softScale)).loss;
    };
    const difference = ((await moved(1)) - (await moved(-1))) / (2 * step);
    // The step's square times a third derivative of order 10, and float32 rounding of the loss over the step.
    assert.ok(Math.abs(difference / norm - 1) < 5e-3, `${difference}, not ${norm}`);
  });

  test(`${name} of a pair that fewer than two objects have passes no gradient at all`, async () => {
    const pairs: readonly (readonly [string, readonly ModalityBatch[]])[] = [
      ['a batch of one', [drawnBatch('p', [1, 4]), drawnBatch('s', [1, 4])]],
      ['none common', [drawnBatch('p', [3, 4], [1, 1, 0]), drawnBatch('s', [3, 4], [0, 0, 1])]],
      ['one common', [drawnBatch('p', [3, 4], [1, 1, 0]), drawnBatch('s', [3, 4], [0, 1, 1])]],
      ['one absent', [drawnBatch('p', [3, 4], [0, 0, 0]), drawnBatch('s', [3, 4])]],
      ['both absent', [drawnBatch('p', [3, 4], [0, 0, 0]), drawnBatch('s', [3, 4], [0, 0, 0])]],
    ];
    for (const [what, batches] of pairs) {
      const slopes = allOf(await runGradients(batches, write));
      assert.ok(slopes.length > 0 && slopes.every(isZero), `${what}: ${slopes.join()}`);
    }
  });

  test(`${name} passes no gradient to an absent object, not even to a NaN there`, async () => {
    const present = [1, 1, 0, 1, 1];
    const whole = drawnBatch('p', [5, 4], present);
    const data = whole.projection.data.slice();
    data.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30, -1], 8);
    const batches = [
      { ...whole, projection: { ...whole.projection, data } },
      drawnBatch('s', [5, 4]),
      drawnBatch('m', [5, 4]),
    ];
    const slopes = await runGradients(batches, write, softScale);
    assert.ok(allOf(slopes).every(Number.isFinite));
    const [first = []] = slopes.projections;
    assert.ok(first.slice(8, 12).every(isZero));
    assert.ok(!first.every(isZero));
    const kept = present.flatMap((is, row) => (is === 1 ? [row] : []));
    const pair = batches.slice(0, 2).map((batch) => ({ ...batch, present }));
    const masked = await runGradients(pair, write, softScale);
    const alone = await runGradients(
      pair.map((batch) => subsetOf(batch, kept)),
      write,
      softScale,
    );
    const rowsOf = (values: readonly number[]): readonly number[] =>
      kept.flatMap((row) => values.slice(4 * row, 4 * row + 4));
    // Float32 rounding in other orders of summation.
    assert.ok(relativeError(masked.projections.flatMap(rowsOf), alone.projections.flat()) < 1e-4);
  });

  test(`${name} has finite gradients where embeddings are zero, equal or huge`, async () => {
    const rows: readonly (readonly (readonly number[])[])[] = [
      new Array<number[]>(4).fill([0, 0, 0, 0]),
      new Array<number[]>(4).fill([1, 2, -3, 0.5]),
      [
        [0, 0, 0, 0],
        [1, 0, 0, 0],
        [1e15, -1e15, 1e15, 0],
        [1e-15, 0, 1e-15, 0],
      ],
    ];
    for (const first of rows) {
      for (const second of rows) {
        const slopes = allOf(await runGradients([batchOfRows('p', first), batchOfRows('s', second)], write));
        assert.ok(slopes.every(Number.isFinite), slopes.join());
      }
    }
  });
}

test('clipLoss() passes no gradient to a row of zeros, and along every other none in its own direction', async () => {
  const batches = [
    batchOfRows('p', [
      [0, 0, 0],
      [1, 2, -1],
      [0.5, -3, 2],
    ]),
    drawnBatch('s', [3, 3]),
  ];
  const { projections } = await runGradients(batches, clipLoss, softScale);
  const [p = []] = projections;
  assert.ok(p.slice(0, 3).every(isZero));
  for (const row of [1, 2]) {
    const slope = p.slice(3 * row, 3 * row + 3);
    const along = slope.reduce((sum, x, i) => sum + x * (batches[0]?.projection.data[3 * row + i] ?? 0), 0);
    assert.ok(Math.hypot(...slope) > 0.01 && Math.abs(along) < 1e-6, `${along}`);
  }
});

test('crossEntropyLoss() has the gradient (p − 1 at the label) / n for the labelled and 0 for the others', async () => {
  const g = new GraphBuilder('slope');
  const logits = g.input('logits', 'float32', ['batch', 2]);
  const loss = crossEntropyLoss(g, logits, g.input('labels', 'int64', ['batch']));
  const [slope = loss] = gradients(g, loss, [logits]);
  g.output('slope', slope);
  const graph = g.build();
  const run = async (labels: readonly number[]): Promise<number[]> => {
    const feeds = {
      logits: float32Tensor(Float32Array.of(0, Math.log(3), 5, 5, 1, 2), [3, 2]),
      labels: int64Tensor(BigInt64Array.from(labels, BigInt), [3]),
    };
    return numbersOf((await runGraph(graph, feeds))['slope']);
  };
  assert.ok(relativeError(await run([1, 0, -1]), [0.125, -0.125, -0.25, 0.25, 0, 0]) < 1e-6);
  assert.ok((await run([-1, -1, -1])).every(isZero));
});
