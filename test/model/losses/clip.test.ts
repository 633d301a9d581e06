import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { printGraph, readSafetensors } from '../../../model/index.ts';
import type { Tensor } from '../../../model/index.ts';
import { clipLoss } from '../../../model/losses/clip.ts';
import {
  batchOfRows,
  drawnBatch,
  lossGraph,
  runLoss,
  scalarTensor,
  subsetOf,
} from '../../helpers/paired-losses.ts';
import type { ModalityBatch } from '../../helpers/paired-losses.ts';
import { realData } from '../../helpers/real-data.ts';
import { numbersOf } from '../../helpers/run-graph.ts';

/** Float32 rounding of logits up to 100: eight units in the last place. */
const TOLERANCE = 6e-5;

function close(got: number | undefined, want: number | undefined, tolerance: number, what = ''): void {
  assert.ok(Math.abs((got ?? Number.NaN) - (want ?? Number.NaN)) < tolerance, `${what} ${got}, not ${want}`);
}

const scale = (value: number) => (): Tensor => scalarTensor(Math.log(value));

/** Mean over rows of ln Σ_j e^(S_ij − S_ii), in float64. */
function rowCrossEntropy(logits: readonly (readonly number[])[]): number {
  const rows = logits.map((row, i) =>
    Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - (row[i] ?? Number.NaN)), 0)),
  );
  return rows.reduce((sum, row) => sum + row, 0) / rows.length;
}

test('clipLoss() of equal embeddings is 6 ln N for three modalities', async () => {
  for (const rows of [2, 3, 8, 100]) {
    const same = (key: string): ModalityBatch => batchOfRows(key, new Array(rows).fill([3, -1, 2]));
    const { loss, pairs } = await runLoss([same('p'), same('s'), same('m')], clipLoss);
    close(loss, 6 * Math.log(rows), 1e-4, `${rows}`);
    for (const name of ['ps', 'sm', 'mp']) close(pairs[name], 2 * Math.log(rows), 1e-4, name);
  }
});

test('clipLoss() of orthogonal, perfectly aligned embeddings is 2 ln(1 + (N − 1) e^(−τ)) a pair', async () => {
  const rows = [
    [2, 0, 0],
    [0, 0.5, 0],
    [0, 0, 7],
  ];
  const aligned = [batchOfRows('p', rows), batchOfRows('s', rows), batchOfRows('m', rows)];
  const { loss } = await runLoss(aligned, clipLoss, scale(2));
  close(loss, 6 * Math.log(1 + 2 * Math.exp(-2)), 1e-6);
  assert.equal((await runLoss(aligned, clipLoss)).loss, 0, 'e^(−100) is lost in float32');
});

test('clipLoss() sums both directions, which differ', async () => {
  const { pairs } = await runLoss(
    [
      batchOfRows('a', [
        [1, 0],
        [0, 1],
      ]),
      batchOfRows('b', [
        [3, 4],
        [1, 0],
      ]),
    ],
    clipLoss,
    scale(5),
  );
  const logits = [
    [3, 5],
    [4, 0],
  ];
  const columns = [
    [3, 4],
    [5, 0],
  ];
  close(pairs['ab'], rowCrossEntropy(logits) + rowCrossEntropy(columns), 1e-5);
});

test('clipLoss() multiplies the losses of pairs by their weights, whichever way round they are named', async () => {
  const batches = ['p', 's', 'm'].map((key) => drawnBatch(key, [6, 4]));
  const { loss, pairs } = await runLoss(batches, (g, modalities) =>
    clipLoss(g, modalities, { sp: 3, mp: 0.5 }),
  );
  const of = (name: string): number => pairs[name] ?? Number.NaN;
  assert.deepEqual(pairs, (await runLoss(batches, clipLoss)).pairs, 'pairs are told without weight');
  close(loss, 3 * of('ps') + of('sm') + 0.5 * of('mp'), 1e-4);
});

test('clipLoss() holds the scale within 1 and 100', async () => {
  const batches = [drawnBatch('p', [5, 4]), drawnBatch('s', [5, 4])];
  const at = async (t: number): Promise<number> =>
    (await runLoss(batches, clipLoss, () => scalarTensor(t))).loss;
  assert.equal(await at(-3), await at(0));
  assert.equal(await at(6), await at(200));
  close(await at(6), await at(Math.log(100)), 1e-3);
  assert.notEqual(await at(1), await at(0));
});

test('clipLoss() gives what the research code gives', async (context) => {
  const folder = realData(context, 'reference', 'astrom3-small');
  if (folder === null) return;
  const vectors = await readSafetensors(path.join(folder, 'vectors.safetensors'));
  const weights = await readSafetensors(path.join(folder, 'weights.safetensors'));
  const batch = (key: string, name: string): ModalityBatch => {
    const projection = vectors.get(`out.${name}`);
    assert.ok(projection?.dtype === 'float32');
    return { key, projection };
  };
  const { pairs } = await runLoss(
    [batch('p', 'photometry'), batch('s', 'spectra'), batch('m', 'metadata')],
    clipLoss,
    (name) => weights.get(name) ?? assert.fail(name),
  );
  for (const name of ['ps', 'sm', 'mp'])
    close(pairs[name], numbersOf(vectors.get(`out.loss_${name}`))[0], TOLERANCE, name);
});

test('clipLoss() with absent objects is that of the others alone, pair by pair', async () => {
  const [p, s, m] = [
    drawnBatch('p', [6, 4], [1, 1, 0, 1, 1, 1]),
    drawnBatch('s', [6, 4], [1, 0, 1, 1, 1, 0]),
    drawnBatch('m', [6, 4]),
  ];
  const { loss, pairs } = await runLoss([p, s, m], clipLoss);
  const alone = async (batches: readonly ModalityBatch[], rows: readonly number[]): Promise<number> =>
    (
      await runLoss(
        batches.map((batch) => subsetOf(batch, rows)),
        clipLoss,
      )
    ).loss;
  const want = {
    ps: await alone([p, s], [0, 3, 4]),
    sm: await alone([s, m], [0, 2, 3, 4]),
    mp: await alone([m, p], [0, 1, 3, 4, 5]),
  };
  for (const name of ['ps', 'sm', 'mp'] as const) close(pairs[name], want[name], TOLERANCE, name);
  close(loss, want.ps + want.sm + want.mp, 3 * TOLERANCE);
});

test('clipLoss() does not look at what stands in the row of an absent object', async () => {
  const present = [1, 1, 0, 1];
  const whole = drawnBatch('p', [4, 3], present);
  const spoilt = { ...whole, projection: { ...whole.projection, data: whole.projection.data.slice() } };
  spoilt.projection.data.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30], 6);
  const other = drawnBatch('s', [4, 3]);
  const want = await runLoss([whole, other], clipLoss);
  assert.ok(want.loss > 0);
  assert.deepEqual(await runLoss([spoilt, other], clipLoss), want);
});

test('clipLoss() of a pair that fewer than two objects have is exactly 0', async () => {
  const m = drawnBatch('m', [3, 4]);
  const cases: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['no common object', [1, 1, 0], [0, 0, 1]],
    ['one common object', [1, 1, 0], [0, 1, 1]],
    ['an absent modality', [0, 0, 0], [1, 1, 1]],
  ];
  for (const [what, p, s] of cases) {
    const { loss, pairs } = await runLoss(
      [drawnBatch('p', [3, 4], p), drawnBatch('s', [3, 4], s), m],
      clipLoss,
    );
    assert.equal(pairs['ps'], 0, what);
    assert.ok(Number.isFinite(loss), what);
    assert.ok(loss > 0, what);
  }
  const single = [drawnBatch('p', [1, 4]), drawnBatch('s', [1, 4]), drawnBatch('m', [1, 4])];
  assert.equal((await runLoss(single, clipLoss)).loss, 0, 'a batch of one');
});

test('clipLoss() gives a row of zeros no direction: its logits are 0', async () => {
  const { pairs } = await runLoss(
    [
      batchOfRows('a', [
        [0, 0],
        [0, 1],
      ]),
      batchOfRows('b', [
        [1, 0],
        [0, 1],
      ]),
    ],
    clipLoss,
    scale(3),
  );
  const logits = [
    [0, 0],
    [0, 3],
  ];
  close(pairs['ab'], 2 * rowCrossEntropy(logits), 1e-5);
});

test('clipLoss() is no number where an embedding is none, so that it is seen', async () => {
  const broken = batchOfRows('p', [
    [Number.NaN, 1],
    [1, 0],
  ]);
  const { loss } = await runLoss([broken, drawnBatch('s', [2, 2])], clipLoss);
  assert.ok(Number.isNaN(loss));
});

test('clipLoss() takes a fourth modality as it comes: six pairs, the first three as before', async () => {
  const three = [drawnBatch('p', [5, 4]), drawnBatch('s', [5, 4], [1, 0, 1, 1, 1]), drawnBatch('m', [5, 4])];
  const four = [...three, drawnBatch('c', [5, 4], [1, 1, 1, 0, 1])];
  const before = await runLoss(three, clipLoss);
  const { loss, pairs } = await runLoss(four, clipLoss);
  assert.deepEqual(Object.keys(pairs), ['ps', 'sm', 'mc', 'cp', 'pm', 'sc']);
  assert.equal(pairs['ps'], before.pairs['ps']);
  assert.equal(pairs['sm'], before.pairs['sm']);
  close(pairs['pm'], before.pairs['mp'], TOLERANCE);
  close(
    loss,
    Object.values(pairs).reduce((sum, pair) => sum + pair, 0),
    TOLERANCE,
  );
});

test('clipLoss() writes one parameter and two cross-entropies a pair', () => {
  assert.equal(
    printGraph(lossGraph([drawnBatch('p', [2, 3]), drawnBatch('s', [2, 3])], clipLoss)),
    `graph loss
  input projection.0: float32[batch, 3]
  input projection.1: float32[batch, 3]
  parameter logit_scale_ps: float32[]
  constant %c0: float32[] = 1.0000000195414814e-24
  constant %c1: float32[] = 1
  constant %c2: float32[] = 9.999999960041972e-13
  constant %c3: float32[] = 0
  constant %c4: float32[] = 80
  constant %c5: float32[] = 100
  %0 = mul(projection.0, projection.0): float32[batch, 3]
  %1 = reduceSum(%0) {axes: [1], keepDims: true}: float32[batch, 1]
  %2 = less(%1, %c0): bool[batch, 1]
  %3 = where(%2, %c1, projection.0): float32[batch, 3]
  %4 = mul(%3, %3): float32[batch, 3]
  %5 = reduceSum(%4) {axes: [1], keepDims: true}: float32[batch, 1]
  %6 = sqrt(%5): float32[batch, 1]
  %7 = maximum(%6, %c2): float32[batch, 1]
  %8 = div(%3, %7): float32[batch, 3]
  %9 = where(%2, %c3, %8): float32[batch, 3]
  %10 = mul(projection.1, projection.1): float32[batch, 3]
  %11 = reduceSum(%10) {axes: [1], keepDims: true}: float32[batch, 1]
  %12 = less(%11, %c0): bool[batch, 1]
  %13 = where(%12, %c1, projection.1): float32[batch, 3]
  %14 = mul(%13, %13): float32[batch, 3]
  %15 = reduceSum(%14) {axes: [1], keepDims: true}: float32[batch, 1]
  %16 = sqrt(%15): float32[batch, 1]
  %17 = maximum(%16, %c2): float32[batch, 1]
  %18 = div(%13, %17): float32[batch, 3]
  %19 = where(%12, %c3, %18): float32[batch, 3]
  %20 = matmul(%9, %19) {transposeA: false, transposeB: true}: float32[batch, batch]
  %21 = greater(logit_scale_ps, %c4): bool[]
  %22 = where(%21, %c4, logit_scale_ps): float32[]
  %23 = exp(%22): float32[]
  %24 = less(%23, %c1): bool[]
  %25 = where(%24, %c1, %23): float32[]
  %26 = greater(%25, %c5): bool[]
  %27 = where(%26, %c5, %25): float32[]
  %28 = mul(%27, %20): float32[batch, batch]
  %29 = logSoftmax(%28) {axis: 1}: float32[batch, batch]
  %30 = pad(%29) {axis: 0, before: 0, after: 1, value: 0}: float32[batch+1, batch]
  %31 = reshape(%30) {shape: [batch, batch+1]}: float32[batch, batch+1]
  %32 = slice(%31) {axis: 1, start: 0, end: 1, step: 1}: float32[batch, 1]
  %33 = reshape(%32) {shape: [batch]}: float32[batch]
  %34 = sub(%c3, %33): float32[batch]
  %35 = reduceMean(%34) {axes: [0], keepDims: false}: float32[]
  %36 = logSoftmax(%28) {axis: 0}: float32[batch, batch]
  %37 = pad(%36) {axis: 0, before: 0, after: 1, value: 0}: float32[batch+1, batch]
  %38 = reshape(%37) {shape: [batch, batch+1]}: float32[batch, batch+1]
  %39 = slice(%38) {axis: 1, start: 0, end: 1, step: 1}: float32[batch, 1]
  %40 = reshape(%39) {shape: [batch]}: float32[batch]
  %41 = sub(%c3, %40): float32[batch]
  %42 = reduceMean(%41) {axes: [0], keepDims: false}: float32[]
  %43 = add(%35, %42): float32[]
  output loss = %43
  output pair.ps = %43
`,
  );
});
