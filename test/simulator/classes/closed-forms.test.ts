import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circleOverlap } from '../../../simulator/classes/eclipsing.ts';
import { paczynskiMagnification } from '../../../simulator/classes/microlensing.ts';
import { flareShape } from '../../../simulator/classes/outbursts.ts';
import { riseAndTail } from '../../../simulator/classes/photosphere.ts';
import { supernovaIaMag } from '../../../simulator/classes/supernova-ia.ts';

test('paczynskiMagnification() is 3/√5 at one Einstein radius, 1/u close in and 1 far out', () => {
  assert.ok(Math.abs(paczynskiMagnification(1) - 3 / Math.sqrt(5)) < 1e-15);
  // A = 1/u + 3u/8 + …
  assert.ok(Math.abs(paczynskiMagnification(0.01) - 100.003_75) < 1e-5);
  // A = 1 + 2/u⁴ − …
  assert.ok(Math.abs(paczynskiMagnification(10) - 1.000_2) < 1e-5);
});

test('supernovaIaMag() declines by 1.1 mag in B in 15 days and has a second maximum in I', () => {
  const b = (days: number): number => supernovaIaMag(days, 4400);
  assert.ok(Math.abs(b(15) - b(0) - 1.1) < 0.02);
  assert.equal(b(-20), Infinity);
  for (let day = -16; day < 0; day++) assert.ok(b(day) > b(day + 1), `brightening at ${day} d`);
  const i = (days: number): number => supernovaIaMag(days, 8000);
  assert.ok(i(25) < i(15) && i(25) < i(40));
  // Cobalt powers the tail: 0.01–0.02 mag a day in B.
  const tail = (b(100) - b(60)) / 40;
  assert.ok(tail > 0.01 && tail < 0.02);
});

test('flareShape() is 1 at its peak and about half of it at half its width after', () => {
  assert.ok(Math.abs(flareShape(0) - 1) < 1e-12);
  assert.ok(Math.abs(flareShape(1e-9) - 0.992) < 1e-6);
  assert.equal(flareShape(-1), 0);
  // The unit of time is the full width at half maximum; the published fit itself is 8 % narrower than that.
  const half = (low: number, high: number, isRising: boolean): number => {
    for (let k = 0; k < 60; k++) {
      const middle = (low + high) / 2;
      if (flareShape(middle) < 0.5 === isRising) low = middle;
      else high = middle;
    }
    return low;
  };
  assert.ok(Math.abs(half(0, 5, false) - half(-1, 0, true) - 1) < 0.1);
});

test('circleOverlap() is nothing apart, the smaller disc inside, and the lens between', () => {
  assert.equal(circleOverlap(1, 2, 3), 0);
  assert.ok(Math.abs(circleOverlap(1, 2, 0.5) - Math.PI) < 1e-12);
  // Two unit circles one apart share 2π/3 − √3/2.
  assert.ok(Math.abs(circleOverlap(1, 1, 1) - ((2 * Math.PI) / 3 - Math.sqrt(3) / 2)) < 1e-12);
});

test('riseAndTail() is 0 before the rise, 1 at the peak, and exponential long after', () => {
  const options = { riseDays: 20, widthDays: 10, tailRatio: 0.3, tailDays: 60 };
  assert.equal(riseAndTail(-20, options), 0);
  assert.equal(riseAndTail(0, options), 1);
  assert.ok(Math.abs(riseAndTail(160, options) / riseAndTail(100, options) - Math.exp(-1)) < 1e-9);
});
