import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random, type Point } from '../../../core/index.ts';
import { GLOBAL_INPUTS, photometryGlobals } from '../../../model/alerts/global-inputs.ts';
import { DEFAULT_PERIOD_SETTINGS } from '../../../model/alerts/periods/period-search.ts';
import { photometryContext } from '../../../model/alerts/photometry-context.ts';
import { tabulate } from '../../../model/alerts/photometry-table.ts';
import { lightCurve, point } from '../../helpers/joined-object.ts';

function globals(points: readonly Point[]): Readonly<Record<string, number>> {
  const settings = { tokensMax: 192, period: DEFAULT_PERIOD_SETTINGS };
  const values = photometryGlobals(photometryContext(tabulate(lightCurve(points)), settings));
  return Object.fromEntries(GLOBAL_INPUTS.map(({ name }, i) => [name, values[i] ?? NaN]));
}

const near = (got: number | undefined, want: number, tolerance = 1e-9): void => {
  assert.ok(Math.abs((got ?? NaN) - want) <= tolerance, `${got} for ${want}`);
};

test('photometryGlobals() describes a small light curve in closed form', () => {
  const value = globals([
    point(60_000, 1000, { band: 'g', fluxErrNjy: 50 }),
    point(60_009, 4000, { band: 'g', fluxErrNjy: 50 }),
    point(60_099, 10_000, { band: 'r', fluxErrNjy: 100, kind: 'forced' }),
  ]);
  near(value['log10Scale'], Math.log10(4000));
  near(value['log10Span'], 2);
  near(value['logPointsG'], Math.log(3));
  near(value['logPointsR'], Math.log(2));
  near(value['logDetections'], Math.log(3));
  near(value['logForced'], Math.log(2));
  near(value['asinhMedianG'], Math.asinh(2500 / 4000));
  near(value['colourGR'], -2.5 * Math.log10(3850 / 10_000));
  near(value['log10PeakSnr'], 2);
  near(value['log10Rise'], 2);
  near(value['log10SincePeak'], 0);
  near(value['positiveRatio'], 1);
});

test('photometryGlobals() leaves out what a light curve does not tell', () => {
  const value = globals([point(60_000, 1000, { band: 'g' })]);
  for (const name of ['asinhMedianR', 'asinhQuantile05G', 'colourGR', 'log10Period', 'skewness', 'stetsonK'])
    assert.ok(Number.isNaN(value[name]), name);
  assert.ok(Number.isNaN(globals([point(60_000, 0, { kind: 'upperLimit' })])['log10Span']));
});

test('photometryGlobals() sees a square wave and noise as the statistics say', () => {
  const random = new Random('noise');
  const square = globals(
    Array.from({ length: 400 }, (_, i) => point(60_000 + i, i % 2 === 0 ? 500 : -500, { fluxErrNjy: 10 })),
  );
  near(square['stetsonK'], 1);
  near(square['skewness'], 0);
  near(square['asinhKurtosisExcess'], Math.asinh(-2));
  // Neighbours always differ by twice the deviation: (2σ)² / 2σ².
  near(square['vonNeumannRatio'], 2);
  const noise = globals(Array.from({ length: 2000 }, (_, i) => point(60_000 + i, 100 * random.normal())));
  // Four standard errors at n = 2000.
  near(noise['stetsonK'], 0.798, 0.03);
  near(noise['vonNeumannRatio'], 1, 0.09);
  near(noise['logChiSquaredReduced'], Math.log(2), 0.07);
});

test('photometryGlobals() gives the same shape whenever a periodic source is maximal', () => {
  const saw = (shiftDays: number): Readonly<Record<string, number>> =>
    globals(
      Array.from({ length: 120 }, (_, i) => {
        // Irregular, so that no other frequency fits as well.
        const mjd = 60_000 + i * 1.17 + Math.sin(i * i);
        const phase = (((mjd + shiftDays) / 2.9) % 1) * 2 * Math.PI;
        return point(mjd, 1000 * (Math.cos(phase) + 0.4 * Math.cos(2 * phase - 1)), { fluxErrNjy: 5 });
      }),
    );
  const [early, late] = [saw(0), saw(1.1)];
  near(early['amplitudeRatio2'], 0.4 / 1.4, 0.01);
  near(early['cosPhase21'], Math.cos(1), 0.05);
  for (const name of ['amplitudeRatio2', 'cosPhase21', 'sinPhase21', 'log10Period'])
    near(late[name], early[name] ?? NaN, 0.05);
});
