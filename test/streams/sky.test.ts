import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { separationArcsec, skyCell, skyCellsWithin } from '../../streams/sky.ts';

test('separationArcsec() is 3600 for one degree, across the meridian and at the pole', () => {
  assert.ok(Math.abs(separationArcsec({ raDeg: 359.5, decDeg: 0 }, { raDeg: 0.5, decDeg: 0 }) - 3600) < 1e-6);
  assert.ok(
    Math.abs(separationArcsec({ raDeg: 10, decDeg: 89.5 }, { raDeg: 190, decDeg: 89.5 }) - 3600) < 1e-6,
  );
});

test('skyCellsWithin() has the cell of every position in the circle', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 359.999, noNaN: true }),
      fc.double({ min: -89.9999, max: 89.9999, noNaN: true }),
      fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (raDeg, decDeg, angle, fraction) => {
        const radiusArcsec = 5;
        const offsetDeg = (radiusArcsec * fraction) / 3600;
        const near = {
          raDeg: (raDeg + (offsetDeg * Math.cos(angle)) / Math.cos((decDeg * Math.PI) / 180) + 360) % 360,
          decDeg: decDeg + offsetDeg * Math.sin(angle),
        };
        if (separationArcsec({ raDeg, decDeg }, near) > radiusArcsec) return;
        assert.ok(skyCellsWithin(raDeg, decDeg, radiusArcsec).includes(skyCell(near.raDeg, near.decDeg)));
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});
