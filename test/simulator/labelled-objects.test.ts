import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METADATA_FIELD_NAMES } from '../../core/index.ts';
import type { Point } from '../../core/index.ts';
import { simulateObjects } from '../../simulator/index.ts';
import type { LabelledObject } from '../../simulator/index.ts';

/** Sum of squares of the fluxes about the means of bins of phase: small at the right period. */
function phaseDispersion(points: readonly Point[], periodDays: number): number {
  const bins = Array.from({ length: 8 }, () => ({ count: 0, sum: 0, square: 0 }));
  for (const { mjdTai, fluxNjy } of points) {
    const bin = bins[Math.floor((((mjdTai - 61_000) / periodDays) % 1) * bins.length)];
    if (bin === undefined) continue;
    bin.count++;
    bin.sum += fluxNjy;
    bin.square += fluxNjy * fluxNjy;
  }
  return bins.reduce(
    (total, { count, sum, square }) => total + (count === 0 ? 0 : square - (sum * sum) / count),
    0,
  );
}

test('the periods of RR Lyrae stars are found again in their packets’ light curves', () => {
  const options = { survey: 'ztf', seed: 'period', nights: 90, classWeights: { RRab: 1 } } as const;
  let found = 0;
  for (const { joined, truth } of simulateObjects({ ...options, count: 12 })) {
    const curves = ['g', 'r'].map((letter) =>
      joined.lightCurve.points.filter(({ band, kind }) => band === letter && kind === 'forced'),
    );
    if (curves.some((points) => points.length < 30)) continue;
    const frequency = 1 / (truth.numbers.periodDays ?? 0);
    const dispersionAt = (tried: number): number =>
      curves.reduce((sum, points) => sum + phaseDispersion(points, 1 / tried), 0);
    // One bin of phase holds all points of a period of ages: the variance about the mean.
    assert.ok(dispersionAt(frequency) < 0.3 * dispersionAt(1e-9), 'the period explains most of the variance');
    let [best, bestFrequency] = [Infinity, 0];
    // Nearer than the aliases of visits every other night with gaps for weather.
    for (let tried = frequency - 0.1; tried < frequency + 0.1; tried += 0.0005) {
      const dispersion = dispersionAt(tried);
      if (dispersion < best) [best, bestFrequency] = [dispersion, tried];
    }
    // Resolution of 120 days of data is 1/120 per day.
    assert.ok(Math.abs(bestFrequency - frequency) < 0.006, `${1 / bestFrequency} d for ${1 / frequency} d`);
    found++;
  }
  assert.ok(found >= 3, `${found} stars with enough points`);
});

test('simulateObjects() gives as many labelled objects as asked for, as a reader of their packets has them', () => {
  for (const survey of ['ztf', 'lsst'] as const) {
    const objects = [...simulateObjects({ survey, seed: 'bank', count: 60, spectrumRatio: 0.5 })];
    assert.equal(objects.length, 60);
    for (const object of objects) assertSound(object, survey);
    const spectra = objects.filter(({ joined }) => joined.spectrum !== null).length;
    assert.ok(spectra > 8 && spectra < 50, `${spectra} spectra`);
    assert.ok(new Set(objects.map(({ className }) => className)).size > 8);
    const again = [...simulateObjects({ survey, seed: 'bank', count: 60, spectrumRatio: 0.5 })];
    assert.deepEqual(objects.slice(0, 5), again.slice(0, 5));
  }
});

function assertSound({ joined, truth }: LabelledObject, survey: string): void {
  const { lightCurve, metadata, spectrum } = joined;
  assert.equal(lightCurve.survey, survey);
  assert.equal(lightCurve.objectId, truth.objectId);
  assert.ok(lightCurve.points.some(({ kind }) => kind === 'detection'));
  const { points } = lightCurve;
  assert.ok(points.every(({ mjdTai }, i) => mjdTai >= (points[i - 1]?.mjdTai ?? 0)));
  assert.ok(points.every(({ fluxNjy, fluxErrNjy }) => Number.isFinite(fluxNjy) && fluxErrNjy > 0));
  for (const [field, value] of Object.entries(metadata)) {
    assert.ok(METADATA_FIELD_NAMES.some((name) => name === field) && Number.isFinite(value));
  }
  if (spectrum === null) return;
  assert.equal(spectrum.objectId, String(truth.objectId));
  assert.ok(spectrum.wavelengthAngstrom.every((value, i, all) => i === 0 || value > (all[i - 1] ?? value)));
  assert.ok(spectrum.flux.every(Number.isFinite));
  assert.ok(spectrum.fluxErr?.every((err) => err > 0));
}

test('spectra of supernovae and stars show what they are known by', () => {
  const depthAt = (object: LabelledObject, angstrom: number, sideAngstrom: number): number => {
    const { spectrum } = object.joined;
    if (spectrum === null) return NaN;
    const mean = (centre: number, half: number): number => {
      const values = [...spectrum.flux].filter(
        (_, i) => Math.abs((spectrum.wavelengthAngstrom[i] ?? 0) - centre) < half,
      );
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    const continuum = (mean(angstrom - sideAngstrom, 20) + mean(angstrom + sideAngstrom, 20)) / 2;
    return 1 - mean(angstrom, 15) / continuum;
  };
  const draw = (className: 'SNIa' | 'RRab' | 'Mira'): LabelledObject[] => [
    ...simulateObjects({
      survey: 'ztf',
      seed: 'lines',
      count: 12,
      spectrumRatio: 1,
      classWeights: { [className]: 1 },
    }),
  ];
  const young = draw('SNIa').filter(({ truth, joined }) => {
    const last = joined.lightCurve.points.at(-1)?.mjdTai ?? 0;
    return Math.abs(last - (truth.numbers.peakMjdTai ?? 0)) < 10 && (truth.numbers.redshift ?? 1) < 0.2;
  });
  assert.ok(young.length > 0);
  // Si II 6355 at about 11,500 km/s.
  for (const object of young)
    assert.ok(depthAt(object, 6120 * (1 + (object.truth.numbers.redshift ?? 0)), 260) > 0.1);
  for (const object of draw('RRab')) {
    if (object.joined.spectrum !== null) assert.ok(depthAt(object, 4861, 80) > 0.03);
  }
});
