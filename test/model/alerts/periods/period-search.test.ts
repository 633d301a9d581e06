import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../core/index.ts';
import { centredSeries, type BandedSeries } from '../../../../model/alerts/periods/banded-series.ts';
import {
  DEFAULT_PERIOD_SETTINGS,
  frequencyGrid,
  searchPeriods,
  type FoundPeriods,
} from '../../../../model/alerts/periods/period-search.ts';
import { randomSeries } from '../../../helpers/banded-series.ts';

const search = (series: BandedSeries): FoundPeriods | null =>
  searchPeriods(centredSeries(series), DEFAULT_PERIOD_SETTINGS);

const noise = new Random('period search');

/** A dip of half-width `width` cycles around phase 0. */
const dip = (phase: number, width: number): number => {
  const distance = Math.abs(phase - Math.round(phase)) / width;
  return distance < 1 ? -((1 - distance * distance) ** 2) : 0;
};

function assertPeriod(found: FoundPeriods | null, periodDays: number, spanDays: number): void {
  // A twentieth of the resolution: the fold moves by a twentieth of a cycle from end to end.
  const error = Math.abs((found?.frequencyPerDay ?? 0) - 1 / periodDays) * spanDays;
  assert.ok(error < 0.05, `${1 / (found?.frequencyPerDay ?? 0)} for ${periodDays}`);
}

test('searchPeriods() finds short and long periods on a baseline of years', () => {
  for (const periodDays of [0.0437, 0.0889, 0.3561, 0.5713, 7.31, 412]) {
    const series = randomSeries(
      150,
      (time) => {
        const angle = (2 * Math.PI * time) / periodDays;
        return Math.sin(angle) + 0.4 * Math.sin(2 * angle + 1) + 0.2 * noise.normal();
      },
      { spanDays: 1200 },
    );
    assertPeriod(search(series), periodDays, 1200);
  }
});

test('searchPeriods() finds the whole period of an eclipsing binary with unlike minima', () => {
  const series = randomSeries(
    200,
    (time) => dip(time / 1.874, 0.12) + 0.5 * dip(time / 1.874 - 0.5, 0.12) + 0.03 * noise.normal(),
    { spanDays: 400 },
  );
  assertPeriod(search(series), 1.874, 400);
});

test('searchPeriods() keeps half the period where the minima are alike', () => {
  const series = randomSeries(150, (time) => Math.cos((4 * Math.PI * time) / 0.3331) + 0.1 * noise.normal(), {
    spanDays: 400,
  });
  assertPeriod(search(series), 0.3331 / 2, 400);
});

test('searchPeriods() finds a second period in what the first leaves', () => {
  const series = randomSeries(
    200,
    (time) => Math.sin((2 * Math.PI * time) / 0.4831) + 0.4 * Math.sin((2 * Math.PI * time) / 0.3602),
    { spanDays: 300 },
  );
  const found = search(series);
  assertPeriod(found, 0.4831, 300);
  assert.ok(Math.abs((found?.secondFrequencyPerDay ?? 0) - 1 / 0.3602) < 0.2 / 300);
});

test('searchPeriods() is null for too few points, no baseline and no variance', () => {
  assert.equal(search(randomSeries(19, Math.sin)), null);
  assert.equal(search({ ...randomSeries(30, Math.sin), timeDays: new Float64Array(30) }), null);
  assert.equal(search(randomSeries(30, () => 1 / 3)), null);
});

test('frequencyGrid() starts at one cycle per baseline and is bounded', () => {
  const settings = { oversampling: 4, frequencyPerDayMax: 10, frequenciesMax: 100 };
  assert.deepEqual(frequencyGrid(1000, settings), { firstPerDay: 0.001, stepPerDay: 0.00025, count: 100 });
  assert.equal(frequencyGrid(2, settings)?.count, 77);
  assert.equal(frequencyGrid(0.05, settings), null);
  assert.equal(frequencyGrid(0, settings), null);
});
