import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import {
  bestPeriod,
  DEFAULT_PERIOD_SETTINGS,
  frequencyGrid,
  periodogram,
  type BandedSeries,
} from '../../../model/alerts/periodogram.ts';

interface ReferenceCase {
  readonly name: string;
  readonly timeDays: readonly number[];
  readonly flux: readonly number[];
  readonly fluxErr: readonly number[];
  readonly band: readonly number[];
  readonly frequencyPerDay: readonly number[];
  readonly power: readonly number[];
}

function series(count: number, fluxOf: (timeDays: number, band: number) => number, bands = 1): BandedSeries {
  const random = new Random(`series ${count} ${bands}`);
  const timeDays = Float64Array.from({ length: count }, () => random.between(0, 300)).sort();
  const band = Uint16Array.from({ length: count }, (_, i) => i % bands);
  return {
    timeDays,
    flux: timeDays.map((time, i) => fluxOf(time, band[i] ?? 0)),
    fluxErr: timeDays.map(() => random.between(0.5, 2)),
    band,
    bands,
  };
}

test('periodogram() is 1 at the frequency of a pure sinusoid with a floating mean per band', () => {
  const sinusoid = series(60, (time, band) => 100 * band + 3 * Math.sin(2 * Math.PI * 0.4 * time + 1), 3);
  const [power] = periodogram(sinusoid, { firstPerDay: 0.4, stepPerDay: 0.1, count: 1 });
  // Sums of 60 terms of order 1: rounding of 1e-13.
  assert.ok(Math.abs((power ?? 0) - 1) < 1e-12, `${power}`);
});

test('periodogram() agrees with astropy in one and in three bands', () => {
  const file = path.join(import.meta.dirname, '../../../../test/fixtures/periodogram.json');
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly ReferenceCase[] };
  assert.equal(cases.length, 2);
  for (const reference of cases) {
    const input: BandedSeries = {
      timeDays: Float64Array.from(reference.timeDays),
      flux: Float64Array.from(reference.flux),
      fluxErr: Float64Array.from(reference.fluxErr),
      band: Uint16Array.from(reference.band),
      bands: 1 + Math.max(...reference.band),
    };
    reference.frequencyPerDay.forEach((frequency, i) => {
      const [power] = periodogram(input, { firstPerDay: frequency, stepPerDay: 1, count: 1 });
      const want = reference.power[i] ?? NaN;
      // Both solve the same least squares in float64; astropy's band terms carry a regularisation of 1e-12.
      assert.ok(
        Math.abs((power ?? NaN) - want) < 1e-9,
        `${reference.name} at ${frequency}: ${power} for ${want}`,
      );
    });
  }
});

test('periodogram() by rotation equals each frequency by itself', () => {
  const noise = new Random('rotation');
  const input = series(50, () => noise.normal(), 2);
  const grid = { firstPerDay: 0.01, stepPerDay: 0.0011, count: 4000 };
  const whole = periodogram(input, grid);
  for (const i of [0, 1, 1999, 3999]) {
    const firstPerDay = grid.firstPerDay + i * grid.stepPerDay;
    const [alone] = periodogram(input, { ...grid, firstPerDay, count: 1 });
    // 4000 rotations of rounding error 1e-16 each, amplified by the powers' slope.
    assert.ok(Math.abs((whole[i] ?? NaN) - (alone ?? NaN)) < 1e-9);
  }
});

test('periodogram() stays within 0…1 and finite for equal times, equal fluxes and aliased sampling', () => {
  const grid = { firstPerDay: 0.25, stepPerDay: 0.25, count: 40 };
  const integerDays = Float64Array.from({ length: 30 }, (_, i) => i);
  const inputs: BandedSeries[] = [
    { ...series(30, Math.sin), timeDays: new Float64Array(30) },
    series(30, () => 7e29),
    { ...series(30, Math.sin), timeDays: integerDays },
    { ...series(30, Math.cos), fluxErr: integerDays.map((i) => 10 ** (2 * i - 30)) },
  ];
  for (const input of inputs) {
    for (const power of periodogram(input, grid)) assert.ok(power >= 0 && power <= 1 + 1e-9, `${power}`);
  }
});

test('bestPeriod() finds a period within a fiftieth of the frequency resolution', () => {
  const found = bestPeriod(
    series(80, (time) => Math.sin((2 * Math.PI * time) / 2.345)),
    DEFAULT_PERIOD_SETTINGS,
  );
  assert.ok(found !== null);
  // The parabola's error is of fourth order in the grid's spacing of a quarter resolution.
  assert.ok(Math.abs(found.frequencyPerDay - 1 / 2.345) < 0.02 / 300, `${found.periodDays}`);
  assert.ok(found.power > 0.99);
});

test('bestPeriod() is null for too few points, no baseline and no variance', () => {
  assert.equal(bestPeriod(series(19, Math.sin), DEFAULT_PERIOD_SETTINGS), null);
  const still = { ...series(30, Math.sin), timeDays: new Float64Array(30) };
  assert.equal(bestPeriod(still, DEFAULT_PERIOD_SETTINGS), null);
  assert.equal(
    bestPeriod(
      series(30, () => 1 / 3),
      DEFAULT_PERIOD_SETTINGS,
    ),
    null,
  );
});

test('bestPeriod() uses the newest points when there are more than its limit', () => {
  const changing = series(200, (time) => Math.sin(2 * Math.PI * (time < 150 ? 0.2 : 0.5) * time));
  const found = bestPeriod(changing, { ...DEFAULT_PERIOD_SETTINGS, pointsMax: 90 });
  assert.ok(Math.abs((found?.frequencyPerDay ?? 0) - 0.5) < 1e-3);
});

test('frequencyGrid() starts at one cycle per baseline and is bounded', () => {
  const settings = { oversampling: 4, frequencyPerDayMax: 10, frequenciesMax: 100 };
  assert.deepEqual(frequencyGrid(1000, settings), { firstPerDay: 0.001, stepPerDay: 0.00025, count: 100 });
  assert.equal(frequencyGrid(2, settings)?.count, 77);
  assert.equal(frequencyGrid(0.05, settings), null);
  assert.equal(frequencyGrid(0, settings), null);
});
