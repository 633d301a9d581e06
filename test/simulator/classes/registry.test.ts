import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import { CLASSES, CLASS_NAMES } from '../../../simulator/classes/registry.ts';
import type { Sight, Source } from '../../../simulator/classes/source.ts';
import { featureFactor } from '../../../simulator/sky/spectral-features.ts';

const SIGHT: Sight = {
  startMjdTai: 60_400,
  focusMjdTai: 61_110.3,
  endMjdTai: 61_112,
  brightMag: 13,
  limitMag: 20.5,
};
const WAVELENGTHS_ANGSTROM = [3671, 4827, 6223, 7546, 9712];

function drawn(name: (typeof CLASS_NAMES)[number], seed: number): Source {
  return CLASSES[name].draw(new Random(`${name}/${seed}`), SIGHT);
}

for (const name of CLASS_NAMES) {
  test(`${name} has a finite flux and spectrum at every instant, a pure function of seed, time and wavelength`, () => {
    for (let seed = 0; seed < 12; seed++) {
      const [source, again] = [drawn(name, seed), drawn(name, seed)];
      for (let i = 0; i <= 40; i++) {
        const mjdTai = SIGHT.startMjdTai + ((SIGHT.endMjdTai - SIGHT.startMjdTai) * i) / 40;
        for (const wavelength of WAVELENGTHS_ANGSTROM) {
          const flux = source.fluxNjy(mjdTai, wavelength);
          // Only artefacts are negative: a residual of a subtraction.
          assert.ok(Number.isFinite(flux) && (flux >= 0 || name === 'Bogus'), `${flux} at ${mjdTai}`);
          assert.equal(again.fluxNjy(mjdTai, wavelength), flux);
        }
        const factor = featureFactor(source.spectralFeatures(mjdTai), 6563 / (1 + source.redshift));
        assert.ok(Number.isFinite(factor) && factor >= 0 && factor < 30, `feature factor ${factor}`);
      }
      assert.ok(Object.values(source.truth).every(Number.isFinite));
    }
  });
}

test('strictly periodic classes repeat after their period', () => {
  for (const name of ['RRc', 'EA', 'EB', 'EW'] as const) {
    const source = drawn(name, 3);
    const periodDays = source.truth.periodDays ?? 0;
    for (let i = 0; i < 20; i++) {
      const mjdTai = SIGHT.focusMjdTai - 100 + i * 0.037;
      const [now, then] = [source.fluxNjy(mjdTai, 4827), source.fluxNjy(mjdTai + 30 * periodDays, 4827)];
      // Epochs near 61,000 d are exact to 1e-11 d, steep parts of a light curve to 1e-6.
      assert.ok(Math.abs(now / then - 1) < 1e-6, `${name} at ${mjdTai}`);
    }
  }
});

test('long-period classes follow their period: alike after one, unlike after half of one', () => {
  for (const name of ['Mira', 'SR'] as const) {
    let [after, halfway] = [0, 0];
    for (let seed = 0; seed < 40; seed++) {
      const source = drawn(name, seed);
      const periodDays = source.truth.periodDays ?? 0;
      const magAt = (mjdTai: number): number => -2.5 * Math.log10(source.fluxNjy(mjdTai, 4827));
      for (let i = 0; i < 8; i++) {
        const mjdTai = SIGHT.focusMjdTai - (i / 8) * periodDays;
        after += Math.abs(magAt(mjdTai) - magAt(mjdTai - periodDays));
        halfway += Math.abs(magAt(mjdTai) - magAt(mjdTai - periodDays / 2));
      }
    }
    assert.ok(after < 0.8 * halfway, `${name}: ${after} mag after a period, ${halfway} after half`);
  }
});

test('a dwarf nova rises by magnitudes within a day, a Mira by magnitudes within a cycle', () => {
  const nova = drawn('CV', 1);
  const start = nova.truth.peakMjdTai ?? 0;
  const rise = -2.5 * Math.log10(nova.fluxNjy(start - 0.5, 4827) / nova.fluxNjy(start + 1, 4827));
  assert.ok(rise > 1.5, `rise of ${rise} mag`);
  const mira = drawn('Mira', 1);
  const periodDays = mira.truth.periodDays ?? 0;
  const fluxes = Array.from({ length: 60 }, (_, i) =>
    mira.fluxNjy(SIGHT.focusMjdTai - (periodDays * i) / 60, 4827),
  );
  const amplitude = 2.5 * Math.log10(Math.max(...fluxes) / Math.min(...fluxes));
  assert.ok(amplitude > 2.2 && amplitude < 8, `amplitude of ${amplitude} mag`);
});
