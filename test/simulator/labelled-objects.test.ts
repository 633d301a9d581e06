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

test('the period of an RR Lyrae star is found again in its packets’ light curve', () => {
  const options = { survey: 'ztf', seed: 'period', nights: 90, classWeights: { RRab: 1 } } as const;
  const [object] = [...simulateObjects({ ...options, count: 1 })];
  assert.ok(object);
  const curves = ['g', 'r'].map((letter) =>
    object.joined.lightCurve.points.filter(({ band, kind }) => band === letter && kind === 'forced'),
  );
  assert.ok(
    curves.every((points) => points.length > 30),
    `${curves.map((points) => points.length).join(', ')} points`,
  );
  const truth = object.truth.numbers.periodDays ?? 0;
  let [best, bestFrequency] = [Infinity, 0];
  for (let frequency = 1.1; frequency < 2.6; frequency += 0.0005) {
    const dispersion = curves.reduce((sum, points) => sum + phaseDispersion(points, 1 / frequency), 0);
    if (dispersion < best) [best, bestFrequency] = [dispersion, frequency];
  }
  // Resolution of 120 days of data is 1/120 per day.
  assert.ok(Math.abs(bestFrequency - 1 / truth) < 0.006, `${1 / bestFrequency} d for ${truth} d`);
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
