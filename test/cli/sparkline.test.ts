import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sparkline } from '../../cli/sparkline.ts';
import { mjdTai, njy } from '../../core/index.ts';
import type { Point, PointKind } from '../../core/index.ts';

function point(mjd: number, flux: number, kind: PointKind = 'detection', band = 'g'): Point {
  return { kind, alertId: null, mjdTai: mjdTai(mjd), band, fluxNjy: njy(flux), fluxErrNjy: njy(1) };
}

test('sparkline() rises from the lowest to the highest flux, in order of time', () => {
  assert.equal(sparkline([point(3, 30), point(0, 0), point(1, 10), point(2, 20)], 4), '▁▃▆█');
});

test('sparkline() leaves steps without measurements blank, and upper limits out', () => {
  assert.equal(sparkline([point(0, 1), point(10, 2), point(5, 99, 'upperLimit')], 5), '▁   █');
  assert.equal(sparkline([], 3), '   ');
});

test('sparkline() shows the band with most points alone', () => {
  assert.equal(sparkline([point(0, 900, 'detection', 'i'), point(0, 1), point(1, 2)], 2), '▁█');
});

test('sparkline() of one level stands in the middle', () => {
  assert.equal(sparkline([point(0, 5), point(1, 5)], 2), '▅▅');
});
