import assert from 'node:assert/strict';
import { test } from 'node:test';
import { centredSeries } from '../../../../model/alerts/periods/banded-series.ts';
import { HarmonicFit } from '../../../../model/alerts/periods/harmonic-fit.ts';
import { randomSeries, referencePeriodograms } from '../../../helpers/banded-series.ts';

for (const reference of referencePeriodograms()) {
  test(`HarmonicFit agrees with astropy with 1 to ${reference.power.length} terms on ${reference.name}`, () => {
    const orders = reference.power.map((_, k) => k + 1);
    const fit = new HarmonicFit(centredSeries(reference.series), orders.length);
    reference.frequencyPerDay.forEach((frequency, i) => {
      const shares = fit.explained(frequency, orders);
      for (const [k, powers] of reference.power.entries()) {
        // Exact sums in float64 on both sides.
        assert.ok(Math.abs((shares[k] ?? NaN) - (powers[i] ?? NaN)) < 1e-8, `${frequency}, ${k + 1} terms`);
      }
    });
  });
}

test('HarmonicFit finds the coefficients of a series with band offsets, in any order of harmonics', () => {
  const angle = (time: number): number => 2 * Math.PI * 0.37 * time;
  const series = centredSeries(
    randomSeries(
      80,
      (time, band) =>
        9 * band + 2 * Math.cos(angle(time)) - 3 * Math.sin(2 * angle(time)) + Math.cos(5 * angle(time)),
      { bands: 3 },
    ),
  );
  const fit = new HarmonicFit(series, 5);
  const shares = fit.explained(0.37, [5, 2, 1]);
  assert.ok((shares[0] ?? 1) < (shares[1] ?? 0) && Math.abs((shares[2] ?? 0) - 1) < 1e-12);
  // Phases of a centred series count from its oldest time.
  const turn = angle(series.originDays);
  const found = Array.from(fit.coefficients(), (value) => value * series.unit);
  const cosine = (k: number, phase: number): number[] => [
    Math.cos(k * turn + phase),
    -Math.sin(k * turn + phase),
  ];
  const want = [
    ...cosine(5, 0),
    ...cosine(2, Math.PI / 2).map((value) => 3 * value),
    ...cosine(1, 0).map((value) => 2 * value),
  ];
  found.forEach((value, i) => {
    assert.ok(Math.abs(value - (want[i] ?? NaN)) < 1e-9, `${i}: ${value} for ${want[i]}`);
  });
});

test('HarmonicFit leaves out what the sampling cannot tell apart', () => {
  const still = centredSeries({ ...randomSeries(30, Math.sin), timeDays: new Float64Array(30) });
  const fit = new HarmonicFit(still, 4);
  assert.deepEqual([...fit.explained(1, [1, 2, 3, 4])], [0, 0, 0, 0]);
  assert.ok(fit.coefficients().every((value) => value === 0));
});
