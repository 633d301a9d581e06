import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import { distanceModulusMag, redshiftAtModulus } from '../../../simulator/sky/cosmology.ts';
import { DampedRandomWalk } from '../../../simulator/sky/damped-random-walk.ts';
import { interpolated } from '../../../simulator/sky/distributions.ts';
import { blackBodyRatio, extinctionMag } from '../../../simulator/sky/radiation.ts';
import { featureFactor } from '../../../simulator/sky/spectral-features.ts';

test('DampedRandomWalk has unit variance and forgets in its damping time', () => {
  const random = new Random('drw');
  const timescaleDays = 50;
  const [walks, epochs] = [400, 200];
  let [square, lagged, far] = [0, 0, 0];
  for (let i = 0; i < walks; i++) {
    const walk = new DampedRandomWalk(random, {
      timescaleDays,
      startMjdTai: 60_000,
      endMjdTai: 60_000 + 2 * epochs,
      stepDays: 2,
    });
    for (let t = 0; t < 100; t++) {
      const value = walk.at(60_000 + 2 * t);
      square += value * value;
      lagged += value * walk.at(60_000 + 2 * t + timescaleDays);
      far += value * walk.at(60_000 + 2 * t + 4 * timescaleDays);
    }
  }
  const count = walks * 100;
  // A walk of 200 days holds about 200 / (2 · 50) + 1 independent values: 1,200 in all, five standard errors are 0.2.
  assert.ok(Math.abs(square / count - 1) < 0.2, `variance ${square / count}`);
  assert.ok(Math.abs(lagged / count - Math.exp(-1)) < 0.16, `covariance at τ ${lagged / count}`);
  assert.ok(Math.abs(far / count - Math.exp(-4)) < 0.16, `covariance at 4 τ ${far / count}`);
});

test('distanceModulusMag() agrees with the textbook values, and redshiftAtModulus() undoes it', () => {
  // Luminosity distances 460.3 Mpc at z = 0.1 and 6,607.7 Mpc at z = 1 (Wright 2006 calculator, H₀ = 70, Ω_m = 0.3).
  assert.ok(Math.abs(distanceModulusMag(0.1) - 38.315) < 0.002);
  assert.ok(Math.abs(distanceModulusMag(1) - 44.1) < 0.002);
  for (const z of [0.01, 0.3, 1.7]) {
    const modulus = distanceModulusMag(z) - 2.5 * Math.log10(1 + z);
    assert.ok(Math.abs(redshiftAtModulus(modulus) - z) < 1e-6);
  }
});

test('blackBodyRatio() is Rayleigh–Jeans when hot and Wien when cold', () => {
  const ratio = (temperatureKelvin: number): number =>
    blackBodyRatio({ temperatureKelvin, wavelengthAngstrom: 4000, anchorAngstrom: 8000 });
  assert.ok(Math.abs(ratio(1e9) - 4) < 0.001);
  const wien = 8 * Math.exp(-1.438_776_877e8 / 500 / 8000);
  assert.ok(Math.abs(ratio(500) / wien - 1) < 1e-6);
});

test('extinctionMag() is 2.273 mag per magnitude of reddening in r, and grows to the blue', () => {
  assert.ok(Math.abs(extinctionMag(6223, 1) - 2.273) < 1e-9);
  assert.ok(extinctionMag(3671, 1) > extinctionMag(4827, 1));
});

test('interpolated() goes through its knots and is constant beyond them', () => {
  const knots = [
    [0, 1],
    [2, 5],
  ] as const;
  assert.deepEqual(
    [-1, 0, 0.5, 2, 9].map((x) => interpolated(knots, x)),
    [1, 1, 2, 5, 5],
  );
});

test('featureFactor() multiplies lines, bands and edges, and is never negative', () => {
  const line = { kind: 'line', restAngstrom: 6563, sigmaKmPerS: 500, height: 2 } as const;
  const band = { kind: 'band', headAngstrom: 7053, lengthAngstrom: 100, depth: 0.6 } as const;
  const hole = { kind: 'line', restAngstrom: 5000, sigmaKmPerS: 500, height: -3 } as const;
  const features = [line, band, hole];
  assert.equal(featureFactor(features, 6563), 3);
  assert.ok(Math.abs(featureFactor(features, 7053) - 0.4) < 1e-12);
  assert.equal(featureFactor(features, 5000), 0);
  assert.equal(featureFactor(features, 9000) > 0.99, true);
});
