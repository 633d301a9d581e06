import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../core/index.ts';
import { addNoise } from '../../../../model/training/augmentation/add-noise.ts';
import { cropCurve } from '../../../../model/training/augmentation/crop-curve.ts';
import type { CurveRow } from '../../../../model/training/augmentation/curve-row.ts';
import { dropModalities } from '../../../../model/training/augmentation/drop-modalities.ts';
import { dropPoints } from '../../../../model/training/augmentation/drop-points.ts';

const CHANNELS = { channels: 2, ofPoints: 1 };

/** Points 1, 2, … with the object's own 9 in a second channel, and two steps of padding. */
function curve(points: number): CurveRow {
  const steps = points + 2;
  return {
    values: Float32Array.from({ length: 2 * steps }, (_, i) =>
      i % 2 === 1 ? 9 : i / 2 < points ? i / 2 + 1 : 0,
    ),
    mask: Float32Array.from({ length: steps }, (_, step) => (step < points ? 1 : 0)),
  };
}

/** What stands in the channel of points, where the mask is 1. */
function pointsIn({ values, mask }: CurveRow): number[] {
  return Array.from(mask.keys())
    .filter((step) => mask[step] === 1)
    .map((step) => values[2 * step] ?? Number.NaN);
}

test('cropCurve() keeps a run of points at the front, and the object’s channels everywhere', () => {
  const random = new Random('crop');
  const lengths = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const cropped = cropCurve(curve(8), { keptRatioMin: 0.5, ...CHANNELS }, random);
    const points = pointsIn(cropped);
    lengths.add(points.length);
    const [first = 0] = points;
    assert.deepEqual(
      points,
      points.map((_, j) => first + j),
    );
    assert.ok(cropped.values.every((value, j) => j % 2 === 0 || value === 9));
    assert.ok(cropped.values.every((value, j) => j % 2 === 1 || j / 2 < points.length || value === 0));
  }
  assert.deepEqual([...lengths].sort(), [4, 5, 6, 7, 8]);
});

test('cropCurve() leaves a curve of one point, of none, and with a ratio of 1 alone', () => {
  const random = new Random('crop');
  assert.deepEqual(cropCurve(curve(1), { keptRatioMin: 0.1, ...CHANNELS }, random), curve(1));
  assert.deepEqual(cropCurve(curve(0), { keptRatioMin: 0.1, ...CHANNELS }, random), curve(0));
  assert.deepEqual(cropCurve(curve(5), { keptRatioMin: 1, ...CHANNELS }, random), curve(5));
});

test('dropPoints() leaves out points in their order, and never all', () => {
  const random = new Random('drop');
  let kept = 0;
  for (let i = 0; i < 500; i++) {
    const points = pointsIn(dropPoints(curve(4), { droppedRatio: 0.75, ...CHANNELS }, random));
    assert.ok(points.length >= 1);
    assert.deepEqual(
      points,
      [...points].sort((a, b) => a - b),
    );
    kept += points.length;
  }
  // A quarter of 4 points, and one more in the 32 % of cases where all would go; 5 standard deviations are 0.16.
  assert.ok(Math.abs(kept / 500 - 1.316) < 0.16);
  assert.deepEqual(dropPoints(curve(0), { droppedRatio: 0.9, ...CHANNELS }, random), curve(0));
});

test('addNoise() moves values by their errors, and nothing else', () => {
  const random = new Random('noise');
  const values = Float32Array.of(1, 2, 5, 0);
  const at = [
    { value: 0, err: 1 },
    { value: 2, err: 3 },
  ];
  let squares = 0;
  for (let i = 0; i < 2000; i++) {
    const moved = addNoise(values, { scale: 0.5, at }, random);
    assert.deepEqual([...moved.subarray(1)], [2, 5, 0]);
    squares += ((moved[0] ?? 0) - 1) ** 2;
  }
  // The variance is (0.5 · 2)² = 1 within 5 · √(2 / 2000).
  assert.ok(Math.abs(squares / 2000 - 1) < 0.16);
  assert.deepEqual([...values], [1, 2, 5, 0]);
});

test('dropModalities() leaves one of those that are there', () => {
  const random = new Random('modalities');
  const present = { photometry: true, spectra: false, metadata: true };
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const shown = dropModalities(present, { photometry: 0.5, metadata: 1 }, random);
    assert.equal(shown['spectra'], false);
    seen.add(JSON.stringify([shown['photometry'], shown['metadata']]));
  }
  assert.deepEqual([...seen].sort(), ['[false,true]', '[true,false]']);
  assert.deepEqual(dropModalities({ a: false }, { a: 1 }, random), { a: false });
});
