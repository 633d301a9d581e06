import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knnPredictions } from '../../../model/evaluation/knn-probe.ts';

const TRAINING = { width: 2, data: Float32Array.of(1, 0, 1, 0.1, 0, 1, 0.1, 1) };
const QUERY = (x: number, y: number) => ({ width: 2, data: Float32Array.of(x, y) });

test('knnPredictions() votes, and lets cosines decide where votes are equal', () => {
  const labels = Int32Array.of(2, 2, 1, 1);
  const predict = (x: number, y: number, k: number): number | undefined =>
    knnPredictions({ training: TRAINING, labels, queries: QUERY(x, y), classCount: 3, k })[0];
  assert.equal(predict(1, 0.2, 2), 2);
  assert.equal(predict(0.2, 1, 2), 1);
  assert.equal(predict(1, 0.9, 4), 2);
  assert.equal(predict(0.9, 1, 4), 1);
  // More neighbours than objects: all of them vote.
  assert.equal(predict(1, 0.2, 10), 2);
});

test('knnPredictions() refuses no training objects', () => {
  assert.throws(
    () =>
      knnPredictions({
        training: { width: 2, data: new Float32Array() },
        labels: new Int32Array(),
        queries: QUERY(1, 0),
        classCount: 2,
      }),
    RangeError,
  );
});
