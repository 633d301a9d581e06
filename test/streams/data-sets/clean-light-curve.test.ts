import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mjdTaiFromMjdUtc } from '../../../core/index.ts';
import { cleanLightCurve } from '../../../streams/data-sets/clean-light-curve.ts';
import type { RawLightCurve } from '../../../streams/data-sets/clean-light-curve.ts';

/** Magnitudes in V of as many nights. */
function curve(changes: Partial<RawLightCurve> & { readonly value: readonly number[] }): RawLightCurve {
  const { value } = changes;
  return {
    time: value.map((_, i) => 55_000 + i),
    err: value.map(() => 0.1),
    band: 'V',
    unit: 'mag',
    ...changes,
  };
}

function closeTo(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? NaN) / expected - 1) < 1e-12, `${actual} is not ${expected}`);
}

test('cleanLightCurve() makes fluxes in nJy of each unit', () => {
  for (const [unit, value, err, flux, fluxErr] of [
    ['mag', 31.4, 0.1, 1, (0.1 * Math.LN10) / 2.5],
    ['mag', 21.4, 0.1, 1e4, (1e3 * Math.LN10) / 2.5],
    ['njy', 5, 2, 5, 2],
    ['flux', -5, 2, -5, 2],
    ['ujy', 5, 2, 5e3, 2e3],
    ['mjy', 5, 2, 5e6, 2e6],
    ['jy', 5, 2, 5e9, 2e9],
  ] as const) {
    const { points } = cleanLightCurve(curve({ value: [value], err: [err], unit }));
    closeTo(points[0]?.fluxNjy, flux);
    closeTo(points[0]?.fluxErrNjy, fluxErr);
  }
});

test('cleanLightCurve() takes times below 20000 as HJD − 2450000, and others as MJD UTC', () => {
  const short = cleanLightCurve(curve({ value: [10, 11], time: [1868.5, 2000] }));
  // HJD 2451868.5 is MJD 51868.
  assert.equal(short.points[0]?.mjdTai, mjdTaiFromMjdUtc(51_868));
  const modern = cleanLightCurve(curve({ value: [10], time: [55_000.25] }));
  assert.equal(modern.points[0]?.mjdTai, mjdTaiFromMjdUtc(55_000.25));
  const julian = cleanLightCurve(curve({ value: [10], time: [2_451_868.5], isJulian: true }));
  assert.equal(julian.points[0]?.mjdTai, mjdTaiFromMjdUtc(51_868));
});

test('cleanLightCurve() leaves out a time millions of days off, and tells of it', () => {
  for (const time of [-2_409_998.5, 2_455_000, NaN, Infinity]) {
    const { points, faults } = cleanLightCurve(curve({ value: [10, 11, 12], time: [55_000, time, 55_002] }));
    assert.equal(points.length, 2);
    assert.match(faults.join(), Number.isFinite(time) ? /1 of 3 points have a time outside MJD/ : /no time/);
  }
});

test('cleanLightCurve() keeps one point, equal values and fluxes of 0', () => {
  assert.equal(cleanLightCurve(curve({ value: [10] })).points.length, 1);
  assert.equal(cleanLightCurve(curve({ value: [10, 10, 10] })).points.length, 3);
  assert.equal(cleanLightCurve(curve({ value: [0], unit: 'njy' })).points[0]?.fluxNjy, 0);
  assert.deepEqual(cleanLightCurve(curve({ value: [] })), { points: [], faults: [] });
});

test('cleanLightCurve() leaves out brightness that cannot be', () => {
  const { points, faults } = cleanLightCurve(curve({ value: [10, NaN, Infinity, 99.9, 60, -30, -29, 59] }));
  assert.equal(points.length, 3);
  assert.deepEqual(faults, ['5 of 8 points have no possible brightness']);
});

test('cleanLightCurve() gives a point without usable error the median of its band', () => {
  const { points, faults } = cleanLightCurve(
    curve({
      value: [10, 10, 10, 10, 10, 10],
      err: [0.1, 0.2, 0.3, 0, NaN, 99.999],
      band: ['V', 'V', 'V', 'V', 'V', 'B'],
    }),
  );
  assert.deepEqual(faults, []);
  const inBand = (band: string): readonly number[] =>
    points
      .filter((point) => point.band === band)
      .map(({ fluxErrNjy, fluxNjy }) => Number(((fluxErrNjy / fluxNjy / Math.LN10) * 2.5).toFixed(9)));
  assert.deepEqual(inBand('v'), [0.1, 0.2, 0.3, 0.2, 0.2]);
  assert.deepEqual(inBand('b'), [0.05]);
});

test('cleanLightCurve() without any error takes 0.05 mag or 5 % of the flux', () => {
  const flux = cleanLightCurve(curve({ value: [100, -100, 0], err: [0, -1, NaN], unit: 'njy' }));
  assert.deepEqual(
    flux.points.map(({ fluxErrNjy }) => fluxErrNjy),
    [5, 5],
  );
  assert.deepEqual(flux.faults, ['1 of 3 points have a flux of 0 and no error']);
});

test('cleanLightCurve() takes equal rows once, and keeps different values at one time', () => {
  const { points } = cleanLightCurve(
    curve({ value: [31.4, 31.4, 30, 29], time: [55_000, 55_000, 55_000, 55_000] }),
  );
  assert.deepEqual(
    points.map(({ alertId }) => alertId),
    [null, 1n, 2n],
  );
});

test('cleanLightCurve() sorts by time, then band', () => {
  const { points } = cleanLightCurve(
    curve({ value: [1, 2, 3], time: [55_002, 55_000, 55_000], band: ['g', 'r', 'g'] }),
  );
  assert.deepEqual(
    points.map(({ band, mjdTai }) => [band, Math.round(mjdTai)]),
    [
      ['g', 55_000],
      ['r', 55_000],
      ['g', 55_002],
    ],
  );
});

test('cleanLightCurve() tells once of each band that is not known', () => {
  const { points, faults } = cleanLightCurve(
    curve({ value: [10, 11, 12, 13], band: ['UVW1', 'V', 'UVW1', null] }),
  );
  assert.equal(points.length, 1);
  assert.deepEqual(faults, [
    '2 of 4 points have the band "UVW1", which is not known',
    '1 of 4 points have the band "", which is not known',
  ]);
});

test('cleanLightCurve() keeps upper limits as noise without flux', () => {
  const { points } = cleanLightCurve(curve({ value: [31.4], err: [2.5 / (5 * Math.LN10)], isLimit: [1] }));
  assert.equal(points[0]?.kind, 'upperLimit');
  assert.equal(points[0].fluxNjy, 0);
  closeTo(points[0].fluxErrNjy, 0.2);
});
