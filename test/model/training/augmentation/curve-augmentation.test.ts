import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodedWidth, QUANTILE_RAMPS } from '../../../../model/quantile-encoding.ts';
import { Random } from '../../../../core/index.ts';
import { addCurveNoise } from '../../../../model/training/augmentation/curve-noise.ts';
import { dropSummary } from '../../../../model/training/augmentation/drop-summary.ts';
import { shiftPhase } from '../../../../model/training/augmentation/shift-phase.ts';

const NOISE = {
  kind: 'asinh',
  flux: 0,
  centred: 1,
  err: 2,
  snr: 3,
  snrDivisor: 3,
  isLimit: 4,
} as const;

/** One point with flux 900, error 30, scale 1000, centre 800, spread 50; then a limit, then padding. */
function curve(): { values: Float32Array<ArrayBuffer>; mask: Float32Array<ArrayBuffer> } {
  const measured = [Math.asinh(0.9), Math.asinh(2), Math.asinh(0.6), Math.asinh(30) / 3, 0];
  const limit = [0, 0, Math.asinh(0.6), 0, 1];
  return {
    values: Float32Array.from([...measured, ...limit, 0, 0, 0, 0, 0]),
    mask: Float32Array.of(1, 1, 0),
  };
}

test('addCurveNoise() moves one measurement by the same number of σ in every channel, and leaves limits and padding', () => {
  const before = curve();
  const { values } = addCurveNoise(before, { channels: 5, noise: NOISE, scale: 1 }, new Random('noise'));
  const flux = 1000 * Math.sinh(values[0] ?? 0);
  const centred = 800 + 50 * Math.sinh(values[1] ?? 0);
  const snr = Math.sinh(3 * (values[3] ?? 0));
  assert.notEqual(values[0], before.values[0]);
  // float32 inputs through sinh: 1e-5 of the flux.
  assert.ok(Math.abs(flux - centred) < 0.02, `${flux} ${centred}`);
  assert.ok(Math.abs(flux / 30 - snr) < 1e-3, `${flux / 30} ${snr}`);
  assert.deepEqual([...values.subarray(5)], [...before.values.subarray(5)]);
});

test('addCurveNoise() has the spread of the errors', () => {
  const random = new Random('spread');
  const moved = Array.from({ length: 20_000 }, () => {
    const { values } = addCurveNoise(curve(), { channels: 5, noise: NOISE, scale: 2 }, random);
    return 1000 * Math.sinh(values[0] ?? 0) - 900;
  });
  const deviation = Math.sqrt(moved.reduce((sum, value) => sum + value * value, 0) / moved.length);
  // 2 × 30; of 20,000 draws the standard deviation is known to 0.5 %: four of them.
  assert.ok(Math.abs(deviation / 60 - 1) < 0.02, String(deviation));
});

test('shiftPhase() turns every harmonic by its own multiple of one angle, and leaves curves without a period', () => {
  const phase = 0.7;
  const values = Float32Array.from([
    ...[Math.sin(phase), Math.cos(phase), Math.sin(2 * phase), Math.cos(2 * phase), 5],
    ...[0, 0, 0, 0, 5],
  ]);
  const { values: shifted } = shiftPhase(
    { values, mask: Float32Array.of(1, 1) },
    { channels: 5, phases: [0, 2] },
    new Random('phase'),
  );
  const first = Math.atan2(shifted[0] ?? 0, shifted[1] ?? 0);
  const second = Math.atan2(shifted[2] ?? 0, shifted[3] ?? 0);
  assert.notEqual(first, phase);
  assert.ok(Math.abs(Math.sin(second - 2 * first)) < 1e-6);
  assert.ok(Math.abs(Math.hypot(shifted[2] ?? 0, shifted[3] ?? 0) - 1) < 1e-6);
  assert.ok(shifted.subarray(5, 9).every((value) => value === 0));
  assert.deepEqual([shifted[4], shifted[9]], [5, 5]);
});

test('dropSummary() hides all of a summary, or values with their flags', () => {
  const width = 20;
  const summary = new Float32Array(encodedWidth(width)).fill(1);
  const dropped = (hiddenSummaryRatio: number, droppedSummaryRatio: number): Float32Array =>
    dropSummary(summary, { hiddenSummaryRatio, droppedSummaryRatio }, new Random('summary'));
  assert.ok(dropped(1, 0).every((value) => value === 0));
  const some = dropped(0, 0.5);
  const flags = some.subarray(width * QUANTILE_RAMPS);
  const kept = flags.filter((flag) => flag === 1).length;
  assert.ok(kept > 0 && kept < width);
  for (const [i, flag] of flags.entries()) {
    const ramps = some.subarray(i * QUANTILE_RAMPS, (i + 1) * QUANTILE_RAMPS);
    assert.ok(
      ramps.every((ramp) => ramp === flag),
      String(i),
    );
  }
});
