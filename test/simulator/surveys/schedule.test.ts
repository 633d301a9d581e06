import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LSST } from '../../../simulator/surveys/lsst.ts';
import { Schedule, moonIlluminationRatio } from '../../../simulator/surveys/schedule.ts';
import { ZTF } from '../../../simulator/surveys/ztf.ts';

const NIGHT = 61_110;

function schedule(survey: typeof ZTF, nights = 1): Schedule {
  return new Schedule({ survey, seed: 'schedule', firstNight: NIGHT, nights });
}

test('moonIlluminationRatio() is full and new when the almanac says so', () => {
  // Total lunar eclipse of 2026-03-03 11:34 UTC, total solar eclipse of 2026-08-12 17:46 UTC.
  assert.ok(moonIlluminationRatio(61_102.482) > 0.97);
  assert.ok(moonIlluminationRatio(61_264.74) < 0.03);
});

for (const survey of [ZTF, LSST]) {
  test(`Schedule of ${survey.name} takes one exposure at a time, at night, in every pass`, () => {
    const { targetVisits, fields } = schedule(survey);
    assert.ok(targetVisits.length > 200 && fields.length > 100);
    targetVisits.forEach((visit, i) => {
      const before = targetVisits[i - 1];
      const seconds = before === undefined ? Infinity : (visit.mjdTai - before.mjdTai) * 86_400;
      assert.ok(seconds >= survey.exposureSeconds, `${seconds} s since the exposure before`);
      assert.ok(Math.abs(visit.mjdTai - NIGHT + survey.longitudeDeg / 360) < 0.3);
    });
    assert.equal(new Set(targetVisits.map((visit) => visit.exposure)).size, targetVisits.length);
  });

  test(`Schedule of ${survey.name} comes back to a field at its cadence, but for weather`, () => {
    const planned = schedule(survey);
    const gaps: number[] = [];
    for (const field of planned.fields.slice(0, 40)) {
      const nights = [...new Set(planned.visitsOf(field).map((visit) => visit.night))];
      assert.ok(nights.every((night, i) => i === 0 || night > (nights[i - 1] ?? night)));
      assert.ok(nights.every((night) => (NIGHT - night) % survey.cadenceNights === 0));
      for (let i = 1; i < nights.length; i++) gaps.push((nights[i] ?? 0) - (nights[i - 1] ?? 0));
    }
    const median = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
    assert.equal(median, survey.cadenceNights);
  });

  test(`Schedule of ${survey.name} reaches its published depths in dark time`, () => {
    const limits = new Map<number, number[]>();
    const planned = schedule(survey);
    for (const field of planned.fields) {
      for (const visit of planned.visitsOf(field)) {
        if (moonIlluminationRatio(visit.mjdTai) > 0.1 || visit.airmass > 1.3) continue;
        const known = limits.get(visit.bandIndex) ?? [];
        known.push(visit.limitMag);
        limits.set(visit.bandIndex, known);
      }
    }
    for (const [band, values] of limits) {
      if (values.length < 30) continue;
      const median = values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
      const published = survey.bands[band]?.limitMag ?? 0;
      assert.ok(Math.abs(median - published) < 0.35, `${median} for ${published} in band ${band}`);
    }
  });
}

test('Schedule of ztf takes i of every field, on every other of its nights', () => {
  // Adjacent nights have the two halves of the fields.
  for (const firstNight of [NIGHT, NIGHT + 1]) {
    const planned = new Schedule({ survey: ZTF, seed: 'schedule', firstNight, nights: 1 });
    const visits = planned.fields.flatMap((field) => planned.visitsOf(field));
    const nightsOf = (band: number): number[] => [
      ...new Set(visits.filter((visit) => visit.bandIndex === band).map(({ night }) => night)),
    ];
    assert.ok(nightsOf(2).length >= 3, `i on ${nightsOf(2).length} of ${nightsOf(1).length} nights`);
    assert.equal(new Set(nightsOf(2).map((night) => night % 4)).size, 1);
    assert.ok(nightsOf(1).length > nightsOf(2).length);
  }
});

test('Schedule is the same for a seed and another for another', () => {
  const times = (seed: string): number[] =>
    new Schedule({ survey: ZTF, seed, firstNight: NIGHT, nights: 1 }).targetVisits.map(
      (visit) => visit.mjdTai,
    );
  assert.deepEqual(times('a'), times('a'));
  assert.notDeepEqual(times('a'), times('b'));
});
