import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  auroc,
  averagePrecision,
  positivesInTop,
  recallAtFalseAlarms,
} from '../../../model/evaluation/ranking-figures.ts';

const SCORES = Float64Array.of(0.1, 0.4, 0.4, 0.35, 0.8, 0.8, 0.2);
const FLAGS = Uint8Array.of(0, 0, 1, 1, 1, 0, 0);

test('auroc() and averagePrecision() are those of scikit-learn, ties among them', () => {
  assert.equal(auroc(SCORES, FLAGS), 2 / 3);
  assert.ok(Math.abs((averagePrecision(SCORES, FLAGS) ?? 0) - 0.53333333333) < 1e-9);
});

test('auroc() is 1 for a perfect order, 0 for the opposite, ½ for equal scores', () => {
  assert.equal(auroc(Float64Array.of(1, 2, 3), Uint8Array.of(0, 0, 1)), 1);
  assert.equal(auroc(Float64Array.of(1, 2, 3), Uint8Array.of(1, 0, 0)), 0);
  assert.equal(auroc(new Float64Array(9), Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 0, 0)), 0.5);
});

test('rankings without one side have no figure', () => {
  assert.equal(auroc(SCORES, new Uint8Array(7)), null);
  assert.equal(auroc(SCORES, new Uint8Array(7).fill(1)), null);
  assert.equal(averagePrecision(SCORES, new Uint8Array(7)), null);
  assert.equal(recallAtFalseAlarms(SCORES, new Uint8Array(7).fill(1), 0.01), null);
});

test('recallAtFalseAlarms() counts what lies above the allowed share of negatives', () => {
  const scores = Float64Array.from({ length: 200 }, (_, i) => i);
  const isPositive = Uint8Array.from({ length: 200 }, (_, i) => Number(i >= 195 || i === 150));
  // 194 negatives: one may be called positive, and 194 is the largest of them.
  assert.equal(recallAtFalseAlarms(scores, isPositive, 0.01), 5 / 6);
  assert.equal(recallAtFalseAlarms(scores, isPositive, 1), 1);
  // All are tied: none can be called positive alone.
  assert.equal(recallAtFalseAlarms(new Float64Array(200), isPositive, 0.01), 0);
});

test('positivesInTop() shares what is tied at the border', () => {
  assert.equal(positivesInTop(SCORES, FLAGS, 2), 1);
  assert.equal(positivesInTop(SCORES, FLAGS, 1), 0.5);
  assert.equal(positivesInTop(SCORES, FLAGS, 3), 1.5);
  assert.equal(positivesInTop(SCORES, FLAGS, 7), 3);
  assert.equal(positivesInTop(SCORES, FLAGS, 0), 0);
});
