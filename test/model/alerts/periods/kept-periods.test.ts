import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, type Point } from '../../../../core/index.ts';
import { keptPeriods, searchedRows } from '../../../../model/alerts/periods/kept-periods.ts';
import { DEFAULT_PERIOD_SETTINGS } from '../../../../model/alerts/periods/period-search.ts';
import { tabulate, type PhotometryTable } from '../../../../model/alerts/photometry-table.ts';
import { lightCurve, point } from '../../../helpers/joined-object.ts';

const random = new Random('kept periods');
const POINTS: readonly Point[] = Array.from({ length: 90 }, (_, i) => {
  const mjd = 60_000 + 1.3 * i + random.between(0, 0.4);
  return point(mjd, 1000 + 100 * Math.sin((2 * Math.PI * mjd) / 0.62), { fluxErrNjy: 10 });
});
const tableOf = (points: readonly Point[]): PhotometryTable => tabulate(lightCurve(points));

test('searchedRows() are most of the rows, and change seldom as a light curve grows', () => {
  const { mjdTai } = tableOf(POINTS);
  const ends = new Set<number>();
  for (let n = 20; n <= mjdTai.length; n++) {
    const rows = searchedRows(mjdTai.subarray(0, n), DEFAULT_PERIOD_SETTINGS);
    assert.ok(rows !== null && rows.start === 0 && rows.end >= Math.max(20, 0.8 * n) && rows.end <= n);
    ends.add(rows.end);
  }
  // From 20 to 90 points: at least log(90 / 20) / log(1 / 0.8) = 7 changes.
  assert.ok(ends.size >= 7 && ends.size < 20, `${ends.size}`);
  assert.equal(searchedRows(mjdTai.subarray(0, 19), DEFAULT_PERIOD_SETTINGS), null);
});

test('searchedRows() stay where they are while the oldest points of a long light curve leave', () => {
  const mjdTai = Float64Array.from({ length: 3000 }, (_, i) => 60_000 + i * 0.731);
  const settings = { pointsMin: 20, pointsMax: 512 };
  const searched = new Set<string>();
  for (let first = 0; first < 2000; first++) {
    const rows = searchedRows(mjdTai.subarray(first, first + 1000), settings);
    assert.ok(rows !== null && rows.end - rows.start === 512);
    searched.add(`${first + rows.start}-${first + rows.end}`);
  }
  // Of 2,000 light curves: the widest of 200 gaps changes about every 100 points, all being nearly alike here.
  assert.ok(searched.size < 120, `${searched.size}`);
});

test('keptPeriods() depends on the points alone, and is not searched again where what was kept holds', () => {
  const table = tableOf(POINTS);
  const { found, toKeep } = keptPeriods(table, DEFAULT_PERIOD_SETTINGS, null);
  assert.ok(found !== null && toKeep !== null && toKeep.length <= 64);
  assert.ok(Math.abs(1 / found.frequencyPerDay - 0.62) < 0.001);
  assert.deepEqual(keptPeriods(table, DEFAULT_PERIOD_SETTINGS, toKeep), { found, toKeep: null });
  // Other frequencies behind the same digest are taken as they are: nothing was searched.
  const marked = toKeep.slice();
  new DataView(marked.buffer).setFloat64(16, 0.125, true);
  assert.equal(keptPeriods(table, DEFAULT_PERIOD_SETTINGS, marked).found?.frequencyPerDay, 0.125);
});

test('keptPeriods() does not believe what was kept of other points, other settings, or damaged bytes', () => {
  const table = tableOf(POINTS);
  const { found, toKeep } = keptPeriods(table, DEFAULT_PERIOD_SETTINGS, null);
  const others = [
    keptPeriods(tableOf(POINTS.slice(1)), DEFAULT_PERIOD_SETTINGS, null).toKeep,
    keptPeriods(table, { ...DEFAULT_PERIOD_SETTINGS, frequencyPerDayMax: 3 }, null).toKeep,
    Uint8Array.of(1, 2, 3),
    new Uint8Array(0),
    toKeep?.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) ?? null,
  ];
  for (const kept of others)
    assert.deepEqual(keptPeriods(table, DEFAULT_PERIOD_SETTINGS, kept), { found, toKeep });
});

test('keptPeriods() keeps that there is no period', () => {
  const still = tableOf(POINTS.map((one) => ({ ...one, fluxNjy: point(0, 5).fluxNjy })));
  const { found, toKeep } = keptPeriods(still, DEFAULT_PERIOD_SETTINGS, null);
  assert.equal(found, null);
  assert.deepEqual(keptPeriods(still, DEFAULT_PERIOD_SETTINGS, toKeep), { found: null, toKeep: null });
  assert.deepEqual(keptPeriods(tableOf([]), DEFAULT_PERIOD_SETTINGS, null), { found: null, toKeep: null });
});
