import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../core/index.ts';
import type { BandedSeries } from '../../../../model/alerts/periods/banded-series.ts';
import { directPeriodogram } from '../../../../model/alerts/periods/direct-periodogram.ts';
import { periodogram } from '../../../../model/alerts/periods/periodogram.ts';
import { randomSeries, referencePeriodograms } from '../../../helpers/banded-series.ts';

const largestDifference = (a: Float64Array, b: Float64Array): number =>
  a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? NaN))), 0);

test('periodogram() is 1 at the frequency of a pure sinusoid with a floating mean per band', () => {
  const sinusoid = randomSeries(60, (time, band) => 100 * band + 3 * Math.sin(2 * Math.PI * 0.4 * time + 1), {
    bands: 3,
  });
  const grid = { firstPerDay: 0.4, stepPerDay: 0.1, count: 1 };
  // Sums of 60 terms of order 1: rounding of 1e-13; the fast sums' error is 1e-8 of theirs.
  assert.ok(Math.abs((directPeriodogram(sinusoid, grid)[0] ?? 0) - 1) < 1e-12);
  assert.ok(Math.abs((periodogram(sinusoid, grid)[0] ?? 0) - 1) < 1e-7);
});

for (const reference of referencePeriodograms()) {
  test(`periodogram() agrees with astropy on ${reference.name}`, () => {
    reference.frequencyPerDay.forEach((frequency, i) => {
      const want = reference.power[0]?.[i] ?? NaN;
      const [direct] = directPeriodogram(reference.series, {
        firstPerDay: frequency,
        stepPerDay: 1,
        count: 1,
      });
      // Both solve the same least squares in float64; astropy's band terms carry a regularisation of 1e-12.
      assert.ok(Math.abs((direct ?? NaN) - want) < 1e-9, `${frequency}: ${direct} for ${want}`);
      const stepPerDay = 0.0009;
      const fast = periodogram(reference.series, {
        firstPerDay: frequency - 300 * stepPerDay,
        stepPerDay,
        count: 600,
      });
      // The window of the fast sums is good for 1e-8 of Σ weights.
      assert.ok(Math.abs((fast[300] ?? NaN) - want) < 1e-7, `${frequency}: ${fast[300]} for ${want}`);
    });
  });
}

test('periodogram() equals direct sums over several blocks, in one and in more bands', () => {
  const noise = new Random('blocks');
  for (const bands of [1, 2, 5]) {
    const input = randomSeries(100, () => noise.normal(), { bands, spanDays: 1500 });
    const grid = { firstPerDay: 1 / 1500, stepPerDay: 1 / 7500, count: 9001 };
    const difference = largestDifference(periodogram(input, grid), directPeriodogram(input, grid));
    assert.ok(difference < 1e-7, `${bands}: ${difference}`);
  }
});

test('periodogram() equals direct sums where the step is coarser than the baseline resolves', () => {
  const input = randomSeries(50, Math.sin, { spanDays: 90 });
  const grid = { firstPerDay: 0.3, stepPerDay: 0.07, count: 300 };
  const difference = largestDifference(periodogram(input, grid), directPeriodogram(input, grid));
  assert.ok(difference < 1e-7, `${difference}`);
});

test('directPeriodogram() by rotation equals each frequency by itself', () => {
  const noise = new Random('rotation');
  const input = randomSeries(50, () => noise.normal(), { bands: 2 });
  const grid = { firstPerDay: 0.01, stepPerDay: 0.0011, count: 4000 };
  const whole = directPeriodogram(input, grid);
  for (const i of [0, 1, 1999, 3999]) {
    const firstPerDay = grid.firstPerDay + i * grid.stepPerDay;
    const [alone] = directPeriodogram(input, { ...grid, firstPerDay, count: 1 });
    // 4000 rotations of rounding error 1e-16 each, amplified by the powers' slope.
    assert.ok(Math.abs((whole[i] ?? NaN) - (alone ?? NaN)) < 1e-9);
  }
});

test('periodogram() stays within 0…1 and finite for equal times, equal fluxes and aliased sampling', () => {
  const grid = { firstPerDay: 0.25, stepPerDay: 0.25, count: 40 };
  const integerDays = Float64Array.from({ length: 30 }, (_, i) => i);
  const inputs: BandedSeries[] = [
    { ...randomSeries(30, Math.sin), timeDays: new Float64Array(30) },
    randomSeries(30, () => 7e29),
    { ...randomSeries(30, Math.sin), timeDays: integerDays },
    { ...randomSeries(30, Math.cos), fluxErr: integerDays.map((i) => 10 ** (2 * i - 30)) },
  ];
  for (const input of inputs) {
    for (const power of [...periodogram(input, grid), ...directPeriodogram(input, grid)])
      assert.ok(power >= 0 && power <= 1 + 1e-9, `${power}`);
  }
});
