import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../../../core/index.ts';
import { KIND, tabulate } from '../../../model/alerts/photometry-table.ts';
import { HISTORY_DAYS_MAX, selectPoints, type SelectedPoints } from '../../../model/alerts/select-points.ts';
import { lightCurve, point } from '../../helpers/joined-object.ts';

const select = (points: readonly Point[], tokensMax = 192): SelectedPoints =>
  selectPoints(tabulate(lightCurve(points)), tokensMax);

const limit = (mjd: number, limitNjy: number, band = 'r'): Point =>
  point(mjd, 0, { kind: 'upperLimit', fluxErrNjy: limitNjy / 5, band });

test('tabulate() orders points and leaves out what breaks the contract of a point', () => {
  const table = tabulate(
    lightCurve([
      point(60_002, 5),
      point(60_001, 4, { band: 'r' }),
      point(60_001, 3, { band: 'g' }),
      point(NaN, 1),
      point(60_000, Infinity),
      point(60_000, 1, { fluxErrNjy: 0 }),
      point(60_000, 1, { fluxErrNjy: NaN }),
    ]),
  );
  assert.deepEqual([...table.mjdTai], [60_001, 60_001, 60_002]);
  assert.deepEqual([...table.fluxNjy], [3, 4, 5]);
});

test('selectPoints() keeps the newest measured points, then the newest informative limits', () => {
  const points = [point(60_000, 900), point(60_001, 900), point(60_002, 900)];
  const limits = [limit(59_990, 500), limit(59_991, 500), limit(59_992, 2000)];
  assert.deepEqual([...select([...points, ...limits], 2).tokens.mjdTai], [60_001, 60_002]);
  assert.deepEqual([...select([...points, ...limits], 4).tokens.mjdTai], [59_991, 60_000, 60_001, 60_002]);
  assert.deepEqual(
    [...select([...points, ...limits]).tokens.mjdTai],
    [59_990, 59_991, 60_000, 60_001, 60_002],
  );
});

test('selectPoints() judges a limit by the brightest flux of its band, or of any where its own has none', () => {
  const points = [point(60_000, 900, { band: 'g' }), point(60_001, 300, { band: 'r' })];
  const { tokens } = select([
    ...points,
    limit(59_990, 500, 'r'),
    limit(59_991, 500, 'g'),
    limit(59_992, 500, 'i'),
  ]);
  assert.deepEqual([...tokens.mjdTai], [59_991, 59_992, 60_000, 60_001]);
});

test('selectPoints() keeps every limit where nothing is measured', () => {
  const { measured, tokens } = select([limit(59_990, 500), limit(59_991, 700)]);
  assert.equal(measured.mjdTai.length, 0);
  assert.equal(tokens.mjdTai.length, 2);
});

test('selectPoints() takes the detection of an exposure that has forced photometry too, whichever comes first', () => {
  for (const offset of [-5e-5, 0, 5e-5]) {
    const { tokens } = select([
      point(60_000 + offset, 900, { kind: 'forced' }),
      point(60_000, 950),
      point(60_000, 400, { kind: 'forced', band: 'g' }),
    ]);
    assert.deepEqual([...tokens.fluxNjy].sort(), [400, 950]);
    assert.deepEqual([...tokens.kind].sort(), [KIND.detection, KIND.forced]);
  }
});

test('selectPoints() leaves out points that are older than the history', () => {
  const { tokens } = select([point(60_000 - HISTORY_DAYS_MAX - 1, 5), point(-5e9, 5), point(60_000, 5)]);
  assert.deepEqual([...tokens.mjdTai], [60_000]);
});

test('selectPoints() takes a light curve without points', () => {
  assert.equal(select([]).tokens.mjdTai.length, 0);
});
