import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float32Tensor, int64Tensor } from '../../../model/index.ts';
import { crossEntropyLoss } from '../../../model/losses/cross-entropy.ts';
import { graphOf, numbersOf, runGraph } from '../../helpers/run-graph.ts';

const GRAPH = graphOf('crossEntropy', (g) => ({
  loss: crossEntropyLoss(
    g,
    g.input('logits', 'float32', ['batch', 3]),
    g.input('labels', 'int64', ['batch']),
  ),
}));

async function lossOf(logits: readonly (readonly number[])[], labels: readonly number[]): Promise<number> {
  const { loss } = await runGraph(GRAPH, {
    logits: float32Tensor(Float32Array.from(logits.flat()), [logits.length, 3]),
    labels: int64Tensor(BigInt64Array.from(labels, BigInt), [labels.length]),
  });
  return numbersOf(loss)[0] ?? Number.NaN;
}

const LOGITS = [
  [0, Math.log(2), Math.log(5)],
  [4, 4, 4],
  [90, -90, 0],
];

test('crossEntropyLoss() is the mean of −ln p', async () => {
  assert.ok(Math.abs((await lossOf(LOGITS, [0, 1, 0])) - (Math.log(8) + Math.log(3)) / 3) < 1e-6);
  assert.ok(Math.abs((await lossOf(LOGITS, [2, 2, 1])) - (Math.log(8 / 5) + Math.log(3) + 180) / 3) < 1e-5);
});

test('crossEntropyLoss() leaves out the unlabelled, of whatever logits', async () => {
  const want = (Math.log(4) + Math.log(3)) / 2;
  assert.ok(Math.abs((await lossOf(LOGITS, [1, 0, -1])) - want) < 1e-6);
  const spoilt = [...LOGITS.slice(0, 2), [Number.NaN, Number.POSITIVE_INFINITY, 0]];
  assert.ok(Math.abs((await lossOf(spoilt, [1, 0, -1])) - want) < 1e-6);
});

test('crossEntropyLoss() is exactly 0 if none is labelled', async () => {
  assert.equal(await lossOf(LOGITS, [-1, -1, -1]), 0);
});
