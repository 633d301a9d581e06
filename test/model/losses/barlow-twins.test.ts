import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { float32Tensor, GraphBuilder, readSafetensors } from '../../../model/index.ts';
import type { TensorOf } from '../../../model/index.ts';
import { barlowTwinsLoss, barlowTwinsOfViews } from '../../../model/losses/barlow-twins.ts';
import { batchOfRows, drawnBatch, runLoss, subsetOf } from '../../helpers/paired-losses.ts';
import type { ModalityBatch, WriteLoss } from '../../helpers/paired-losses.ts';
import { realData } from '../../helpers/real-data.ts';
import { numbersOf, relativeError } from '../../helpers/run-graph.ts';

/** Float32 rounding of sums over some hundred squares, relative to the loss. */
const TOLERANCE = 5e-6;

/** Columns of ±1 with mean 0, variance 1 and no correlation with each other: what all correlations can be 0 for. */
const DECORRELATED = [
  [1, 1, 1],
  [1, -1, -1],
  [-1, 1, -1],
  [-1, -1, 1],
];

function close(got: number | undefined, want: number | undefined, what = ''): void {
  const error = Math.abs((got ?? Number.NaN) - (want ?? Number.NaN));
  assert.ok(error < TOLERANCE * Math.max(1, Math.abs(want ?? 0)), `${what} ${got}, not ${want}`);
}

const ofViews: WriteLoss = (g, [first, second]) => {
  assert.ok(first && second);
  return barlowTwinsOfViews(g, [first, second]);
};

test('barlowTwinsLoss() of the same decorrelated columns is 0', async () => {
  // C_ii = 1 / (1 + 1e-5), which the loss squares; what rounding leaves off the diagonal is squared too.
  const same = ['p', 's', 'm'].map((key) => batchOfRows(key, DECORRELATED));
  const { loss } = await runLoss(same, barlowTwinsLoss);
  assert.ok(loss >= 0 && loss < 1e-8, String(loss));
});

test('barlowTwinsLoss() counts what is off the diagonal λ times', async () => {
  const columns = DECORRELATED.map(([a = 0, b = 0]) => [a, b]);
  const swapped = columns.map(([a = 0, b = 0]) => [b, a]);
  const weighted =
    (redundancyWeight: number): WriteLoss =>
    (g, modalities) =>
      barlowTwinsLoss(g, modalities, { redundancyWeight });
  const batches = [batchOfRows('p', columns), batchOfRows('s', swapped)];
  // C is 0 on the diagonal and 1 / (1 + 1e-5) in both places beside it.
  const square = (1 / (1 + 1e-5)) ** 2;
  close((await runLoss(batches, weighted(0))).loss, 2);
  close((await runLoss(batches, weighted(0.5))).loss, 2 + square);
  close((await runLoss(batches, barlowTwinsLoss)).loss, 2 + 0.0102 * square);
});

test('barlowTwinsLoss() gives what PyTorch gives in float64', async (context) => {
  const folder = realData(context, 'reference', 'barlow-twins');
  if (folder === null) return;
  const vectors = await readSafetensors(path.join(folder, 'vectors.safetensors'));
  const batches = ['p', 's', 'm'].map((key) => ({ key, projection: rounded(vectors.get(`in.${key}`)) }));
  const { pairs } = await runLoss(batches, barlowTwinsLoss);
  const want = numbersOf(vectors.get('out.loss_ps_sm_mp'));
  assert.ok(relativeError([pairs['ps'], pairs['sm'], pairs['mp']].map(Number), want) < TOLERANCE);
});

/** Float64 elements as float32. */
function rounded(tensor: Parameters<typeof numbersOf>[0]): TensorOf<'float32'> {
  assert.ok(tensor);
  return float32Tensor(Float32Array.from(numbersOf(tensor)), tensor.shape);
}

test('barlowTwinsLoss() with absent objects is that of the others alone, pair by pair', async () => {
  const [p, s, m] = [
    drawnBatch('p', [7, 3], [1, 1, 0, 1, 1, 1, 1]),
    drawnBatch('s', [7, 3], [1, 0, 1, 1, 1, 0, 1]),
    drawnBatch('m', [7, 3]),
  ];
  const { loss, pairs } = await runLoss([p, s, m], barlowTwinsLoss);
  const alone = async (batches: readonly ModalityBatch[], rows: readonly number[]): Promise<number> =>
    (
      await runLoss(
        batches.map((batch) => subsetOf(batch, rows)),
        barlowTwinsLoss,
      )
    ).loss;
  const want = {
    ps: await alone([p, s], [0, 3, 4, 6]),
    sm: await alone([s, m], [0, 2, 3, 4, 6]),
    mp: await alone([m, p], [0, 1, 3, 4, 5, 6]),
  };
  for (const name of ['ps', 'sm', 'mp'] as const) close(pairs[name], want[name], name);
  close(loss, want.ps + want.sm + want.mp);
});

test('barlowTwinsLoss() does not look at what stands in the row of an absent object', async () => {
  const present = [1, 1, 0, 1];
  const whole = drawnBatch('p', [4, 3], present);
  const spoilt = { ...whole, projection: { ...whole.projection, data: whole.projection.data.slice() } };
  spoilt.projection.data.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30], 6);
  const other = drawnBatch('s', [4, 3]);
  const want = await runLoss([whole, other], barlowTwinsLoss);
  assert.ok(want.loss > 0);
  assert.deepEqual(await runLoss([spoilt, other], barlowTwinsLoss), want);
});

test('barlowTwinsLoss() of a pair that fewer than two objects have is exactly 0', async () => {
  const m = drawnBatch('m', [3, 4]);
  const cases: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['no common object', [1, 1, 0], [0, 0, 1]],
    ['one common object', [1, 1, 0], [0, 1, 1]],
    ['an absent modality', [0, 0, 0], [1, 1, 1]],
  ];
  for (const [what, p, s] of cases) {
    const batches = [drawnBatch('p', [3, 4], p), drawnBatch('s', [3, 4], s), m];
    const { loss, pairs } = await runLoss(batches, barlowTwinsLoss);
    assert.equal(pairs['ps'], 0, what);
    assert.ok(loss > 0 && Number.isFinite(loss), what);
  }
  const single = [drawnBatch('p', [1, 4]), drawnBatch('s', [1, 4]), drawnBatch('m', [1, 4])];
  assert.equal((await runLoss(single, barlowTwinsLoss)).loss, 0, 'a batch of one');
});

test('barlowTwinsLoss() takes a fourth modality as it comes: six pairs, the first two as before', async () => {
  const three = [drawnBatch('p', [5, 4]), drawnBatch('s', [5, 4], [1, 0, 1, 1, 1]), drawnBatch('m', [5, 4])];
  const four = [...three, drawnBatch('c', [5, 4], [1, 1, 1, 0, 1])];
  const before = await runLoss(three, barlowTwinsLoss);
  const { loss, pairs } = await runLoss(four, barlowTwinsLoss);
  assert.deepEqual(Object.keys(pairs), ['ps', 'sm', 'mc', 'cp', 'pm', 'sc']);
  close(pairs['ps'], before.pairs['ps']);
  close(pairs['sm'], before.pairs['sm']);
  close(pairs['pm'], before.pairs['mp']);
  close(
    loss,
    Object.values(pairs).reduce((sum, pair) => sum + pair, 0),
  );
});

test('barlowTwinsOfViews() is the loss of one pair, named by the encoder', async () => {
  const [first, second] = [drawnBatch('p', [6, 3]), drawnBatch('q', [6, 3])];
  const want = await runLoss([first, second], barlowTwinsLoss);
  const { loss, pairs } = await runLoss([first, { ...second, key: 'p' }], ofViews);
  assert.equal(loss, want.loss);
  assert.deepEqual(pairs, { pp: loss });
});

test('barlowTwinsOfViews() leaves out an object that is absent in both views', async () => {
  const present = [1, 0, 1, 1, 0, 1];
  const views = [drawnBatch('p', [6, 3], present), { ...drawnBatch('q', [6, 3], present), key: 'p' }];
  const { loss } = await runLoss(views, ofViews);
  const want = await runLoss(
    views.map((view) => subsetOf(view, [0, 2, 3, 5])),
    ofViews,
  );
  close(loss, want.loss);
});

test('barlowTwinsLoss() refuses a negative weight, and views of two encoders', () => {
  const g = new GraphBuilder('refused');
  const modality = (key: string) => ({
    key,
    projection: g.input(key, 'float32', ['batch', 2]),
    present: null,
  });
  const [p, s] = [modality('p'), modality('s')];
  assert.throws(
    () => barlowTwinsLoss(g, [p, s], { redundancyWeight: -1 }),
    /must not be negative: current value is -1$/,
  );
  assert.throws(() => barlowTwinsOfViews(g, [p, s]), /of one encoder: current value is "p" and "s"$/);
});
