import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../../core/index.ts';
import {
  centredSeries,
  type BandedSeries,
  type CentredSeries,
} from '../../../../model/alerts/periods/banded-series.ts';
import { fourierShape } from '../../../../model/alerts/periods/fourier-shape.ts';

function series(fluxOf: (timeDays: number, band: number) => number): CentredSeries {
  return centredSeries(banded(fluxOf));
}

function banded(fluxOf: (timeDays: number, band: number) => number): BandedSeries {
  const random = new Random('fourier');
  const timeDays = Float64Array.from({ length: 400 }, () => random.between(0, 100));
  const band = Uint16Array.from(timeDays, (_, i) => i % 2);
  return {
    timeDays,
    flux: timeDays.map((time, i) => fluxOf(time, band[i] ?? 0)),
    fluxErr: timeDays.map(() => 1),
    band,
    bands: 2,
  };
}

test('fourierShape() finds the amplitudes and phases of a series with band offsets', () => {
  const angle = (time: number): number => 2 * Math.PI * 0.31 * time;
  const shape = fourierShape(
    series((time, band) => 7 * band + 2 * Math.cos(angle(time) - 0.5) + 0.6 * Math.cos(2 * angle(time) + 1)),
    0.31,
  );
  assert.ok(shape !== null);
  // The ridge of 1e-3 shrinks amplitudes by as much.
  assert.ok(Math.abs((shape.amplitude[0] ?? 0) - 2) < 0.01, `${shape.amplitude[0]}`);
  assert.ok(Math.abs((shape.amplitude[1] ?? 0) - 0.6) < 0.01);
  assert.ok(Math.abs((shape.phaseRadians[0] ?? 0) - 0.5) < 0.01);
  assert.ok(Math.abs((shape.phaseRadians[1] ?? 0) + 1) < 0.01);
  assert.ok((shape.amplitude[2] ?? 1) < 0.01 && shape.explainedRatio > 0.9999);
});

test('fourierShape() is null without variance, and finite where every time is the same', () => {
  assert.equal(
    fourierShape(
      series(() => 0),
      0.3,
    ),
    null,
  );
  const still = centredSeries({ ...banded(Math.sin), timeDays: new Float64Array(400) });
  const shape = fourierShape(still, 0.3);
  assert.ok(shape === null || [...shape.amplitude, ...shape.phaseRadians].every(Number.isFinite));
});
