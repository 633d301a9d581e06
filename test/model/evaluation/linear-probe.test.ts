import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitLinearProbe, predictedClasses, probeLogits } from '../../../model/evaluation/linear-probe.ts';
import type { Rows } from '../../../model/evaluation/rows.ts';

const N = 60;
const WIDTH = 4;

/** Rows by a formula, which the reference computed alike. */
function formulaRows(): Rows {
  const data = Float32Array.from({ length: N * WIDTH }, (_, at) => {
    const [i, j] = [Math.floor(at / WIDTH), at % WIDTH];
    return Math.sin(1.7 * i + 2.3 * j) + (j === 1 ? (i % 3) * 0.6 : 0) + (j === 2 && i % 3 === 2 ? 0.8 : 0);
  });
  return { width: WIDTH, data };
}

const LABELS = Int32Array.from({ length: N }, (_, i) => i % 3);

test('fitLinearProbe() finds the logits of scikit-learn', () => {
  const rows = formulaRows();
  const probe = fitLinearProbe({ rows, labels: LABELS, classCount: 3 });
  assert.ok(probe.isConverged);
  // LogisticRegression(C=1, tol=1e-10) of scikit-learn on StandardScaler's output, first four rows.
  const expected = [
    ...[1.448548, 0.88001, -2.328558],
    ...[0.189408, 0.766818, -0.956226],
    ...[-2.84776, 0.2684, 2.57936],
    ...[1.460226, 0.743773, -2.203999],
  ];
  const logits = probeLogits(probe, rows);
  expected.forEach((value, i) => {
    // The probe ends at a gradient of 1e-4.
    assert.ok(Math.abs((logits[i] ?? NaN) - value) < 0.02, `${i}: ${logits[i]} for ${value}`);
  });
  assert.deepEqual(predictedClasses(logits, 3), LABELS);
});

test('fitLinearProbe() never predicts a class without training objects', () => {
  const rows = formulaRows();
  const probe = fitLinearProbe({ rows, labels: LABELS.map((own) => own * 2), classCount: 6 });
  assert.deepEqual(probe.known, [0, 2, 4]);
  const logits = probeLogits(probe, rows);
  assert.deepEqual(
    [1, 3, 5].map((own) => logits[own]),
    [-Infinity, -Infinity, -Infinity],
  );
  assert.deepEqual(
    predictedClasses(logits, 6),
    LABELS.map((own) => own * 2),
  );
});

test('fitLinearProbe() takes one class, constant columns and missing values', () => {
  const data = Float32Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 7 : i % 8 === 1 ? NaN : i % 4));
  const rows = { width: 2, data };
  const one = fitLinearProbe({ rows, labels: new Int32Array(20).fill(1), classCount: 3 });
  assert.ok(predictedClasses(probeLogits(one, rows), 3).every((own) => own === 1));
  const two = fitLinearProbe({
    rows,
    labels: Int32Array.from({ length: 20 }, (_, i) => i % 2),
    classCount: 2,
  });
  assert.ok(probeLogits(two, rows).every(Number.isFinite));
});

test('fitLinearProbe() comes to the same from another start, and to the same bits from the same', () => {
  const rows = formulaRows();
  const cold = fitLinearProbe({ rows, labels: LABELS, classCount: 3 });
  const other = fitLinearProbe({ rows, labels: LABELS.map((own) => (own + 1) % 3), classCount: 3 });
  const warm = fitLinearProbe({ rows, labels: LABELS, classCount: 3, start: other });
  const [a, b] = [probeLogits(cold, rows), probeLogits(warm, rows)];
  a.forEach((value, i) => {
    assert.ok(Math.abs(value - (b[i] ?? NaN)) < 0.05);
  });
  assert.deepEqual(fitLinearProbe({ rows, labels: LABELS, classCount: 3 }).weights, cold.weights);
});

test('fitLinearProbe() refuses no objects', () => {
  assert.throws(
    () =>
      fitLinearProbe({
        rows: { width: 2, data: new Float32Array() },
        labels: new Int32Array(),
        classCount: 2,
      }),
    { name: 'RangeError', message: /^Cannot fit a probe on 0 objects as / },
  );
});
