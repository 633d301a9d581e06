import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  abMag,
  abMagFromNjy,
  galacticFromIcrs,
  jdUtcFromMjdTai,
  mjdTai,
  mjdTaiFromJdUtc,
  njy,
  njyErrFromMagErr,
  njyFromAbMag,
  unixMsFromMjdTai,
} from '../../core/index.ts';

test('njyFromAbMag() is 1 at the zero point and 100 five magnitudes brighter', () => {
  assert.equal(njyFromAbMag(abMag(31.4)), 1);
  assert.ok(Math.abs(njyFromAbMag(abMag(26.4)) - 100) < 1e-9);
});

test('abMagFromNjy() undoes njyFromAbMag(), and is null where a magnitude does not exist', () => {
  const mag = abMagFromNjy(njyFromAbMag(abMag(19.25)));
  assert.ok(mag !== null && Math.abs(mag - 19.25) < 1e-12);
  assert.equal(abMagFromNjy(njy(0)), null);
  assert.equal(abMagFromNjy(njy(-5)), null);
});

test('njyErrFromMagErr() is |f| σ ln(10) / 2.5 for either sign of the flux', () => {
  const expected = 100 * 0.1 * (Math.LN10 / 2.5);
  assert.equal(njyErrFromMagErr(njy(100), 0.1), expected);
  assert.equal(njyErrFromMagErr(njy(-100), 0.1), expected);
});

test('mjdTaiFromJdUtc() adds 36 s before 2017 and 37 s since', () => {
  // A float64 JD resolves 40 µs: half of that is the tolerance.
  const seconds = (jd: number): number => (mjdTaiFromJdUtc(jd) - (jd - 2400000.5)) * 86400;
  assert.ok(Math.abs(seconds(2457754.49) - 36) < 2e-5);
  assert.ok(Math.abs(seconds(2457754.51) - 37) < 2e-5);
});

test('jdUtcFromMjdTai() undoes mjdTaiFromJdUtc()', () => {
  // Also in the seconds on both sides of the newest leap second; a float64 JD resolves 40 µs.
  for (const seconds of [-40, -36.5, -1.5, -0.1, 0, 0.1, 1.5, 36.5, 40]) {
    const jd = 2457754.5 + seconds / 86400;
    const errorSeconds = (jdUtcFromMjdTai(mjdTaiFromJdUtc(jd)) - jd) * 86400;
    assert.ok(Math.abs(errorSeconds) < 1e-4, `${seconds} s after the leap second: off by ${errorSeconds} s`);
  }
  assert.ok(Math.abs(jdUtcFromMjdTai(mjdTaiFromJdUtc(2459394.72358796)) - 2459394.72358796) < 1e-9);
});

test('unixMsFromMjdTai() is 37 s behind TAI', () => {
  // MJD 60000.0 UTC is 2023-02-25T00:00:00Z.
  assert.equal(unixMsFromMjdTai(mjdTai(60000 + 37 / 86400)), Date.UTC(2023, 1, 25));
});

test('galacticFromIcrs() puts the galactic centre at the origin and the pole at 90°', () => {
  const centre = galacticFromIcrs(266.40499, -28.93617);
  assert.ok(Math.abs(centre.latitudeDeg) < 1e-3);
  assert.ok(Math.min(centre.longitudeDeg, 360 - centre.longitudeDeg) < 1e-3);
  assert.ok(galacticFromIcrs(192.85948, 27.12825).latitudeDeg > 89.999);
});
