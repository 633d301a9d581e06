import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classificationReport } from '../../../model/evaluation/classification-report.ts';

test('classificationReport() is that of scikit-learn', () => {
  const report = classificationReport(Int32Array.of(0, 0, 1, 1, 1, 2), Int32Array.of(0, 1, 1, 1, 0, 1), [
    'a',
    'b',
    'c',
    'never',
  ]);
  assert.equal(report.accuracy, 0.5);
  assert.ok(Math.abs(report.macroF1 - 0.35714285714285715) < 1e-15);
  assert.ok(Math.abs(report.balancedAccuracy - 0.3888888888888889) < 1e-15);
  assert.deepEqual(report.confusion, [
    [1, 1, 0, 0],
    [1, 2, 0, 0],
    [0, 1, 0, 0],
    [0, 0, 0, 0],
  ]);
  assert.deepEqual(report.perClass[1], {
    className: 'b',
    support: 3,
    precision: 0.5,
    recall: 2 / 3,
    f1: 4 / 7,
  });
  assert.deepEqual(report.perClass[2], { className: 'c', support: 1, precision: null, recall: 0, f1: 0 });
  assert.deepEqual(report.perClass[3], {
    className: 'never',
    support: 0,
    precision: null,
    recall: null,
    f1: null,
  });
});

test('classificationReport() refuses no objects', () => {
  assert.throws(() => classificationReport(new Int32Array(), new Int32Array(), ['a']), RangeError);
});
