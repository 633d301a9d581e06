import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Source } from '../../../simulator/classes/source.ts';
import type { SkyObject } from '../../../simulator/sky/object.ts';
import { Photometer, differenceErrNjy } from '../../../simulator/surveys/photometry.ts';
import { Schedule } from '../../../simulator/surveys/schedule.ts';
import { ZTF } from '../../../simulator/surveys/ztf.ts';

const schedule = new Schedule({ survey: ZTF, seed: 'photometry', firstNight: 61_110, nights: 1 });
const visit = schedule.targetVisits[0];
assert.ok(visit);

/** A steady source on an empty sky. */
function steadyObject(index: number, fluxNjy: number): SkyObject {
  const source: Source = {
    fluxNjy: () => fluxNjy,
    spectralFeatures: () => [],
    redshift: 0.05,
    truth: {},
    setting: { kind: 'nucleus', redshift: 0.05, meanMag: 20 },
  };
  assert.ok(visit);
  return {
    index,
    className: 'SNIa',
    source,
    field: visit.field,
    raDeg: visit.field.raDeg,
    decDeg: visit.field.decDeg,
    ebvMag: 0,
    dustRatios: [1, 1, 1],
    referenceNjy: () => 0,
    hostLightNjy: () => 0,
  };
}

/** Share of 4,000 measurements that are detections. */
function detectedRatio(sigmas: number): number {
  assert.ok(visit);
  // The error grows with the flux itself: find the flux that is so many of its own errors.
  let fluxNjy = 5 * visit.skyErrNjy;
  for (let i = 0; i < 50; i++) {
    fluxNjy = sigmas * differenceErrNjy({ survey: ZTF, visit, totalFluxNjy: fluxNjy, referenceNjy: 0 });
  }
  let detected = 0;
  for (let index = 0; index < 4000; index++) {
    const photometer = new Photometer({
      survey: ZTF,
      object: steadyObject(index, fluxNjy),
      seed: 'fraction',
    });
    if (photometer.measure(visit)?.isDetected === true) detected++;
  }
  return detected / 4000;
}

test('Photometer detects half of the sources at 5σ, Φ(1) of them at 6σ and 1 − Φ(1) at 4σ', () => {
  // Standard error of a share of 4,000 is at most 0.8 %; five of them.
  assert.ok(Math.abs(detectedRatio(5) - 0.5) < 0.04);
  assert.ok(Math.abs(detectedRatio(6) - 0.841_3) < 0.03);
  assert.ok(Math.abs(detectedRatio(4) - 0.158_7) < 0.03);
});

test('Photometer measures without bias, with the error that it states', () => {
  assert.ok(visit);
  const fluxNjy = 20 * visit.skyErrNjy;
  const pulls: number[] = [];
  for (let index = 0; index < 3000; index++) {
    const measurement = new Photometer({
      survey: ZTF,
      object: steadyObject(index, fluxNjy),
      seed: 'bias',
    }).measure(visit);
    assert.ok(measurement);
    pulls.push((measurement.diffFluxNjy - fluxNjy) / measurement.errNjy);
  }
  const mean = pulls.reduce((a, b) => a + b, 0) / pulls.length;
  const variance = pulls.reduce((a, b) => a + (b - mean) ** 2, 0) / pulls.length;
  // Five standard errors of mean and variance at n = 3,000.
  assert.ok(Math.abs(mean) < 0.092 && Math.abs(variance - 1) < 0.13);
});

test('Photometer gives nothing for a source that saturates', () => {
  assert.ok(visit);
  const photometer = new Photometer({ survey: ZTF, object: steadyObject(0, 1e9), seed: 'bright' });
  assert.equal(photometer.measure(visit), null);
});
