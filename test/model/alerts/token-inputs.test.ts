import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../../../core/index.ts';
import { DEFAULT_PERIOD_SETTINGS } from '../../../model/alerts/periods/period-search.ts';
import { photometryContext } from '../../../model/alerts/photometry-context.ts';
import { tabulate } from '../../../model/alerts/photometry-table.ts';
import { photometryTokens, TOKEN_INPUTS } from '../../../model/alerts/token-inputs.ts';
import { lightCurve, point } from '../../helpers/joined-object.ts';

type Row = Readonly<Record<string, number>>;

function rows(points: readonly Point[], survey = 'ztf'): Row[] {
  const settings = { tokensMax: 192, period: DEFAULT_PERIOD_SETTINGS };
  const tokens = photometryTokens(photometryContext(tabulate(lightCurve(points, survey)), settings));
  const width = TOKEN_INPUTS.length;
  return Array.from({ length: tokens.length / width }, (_, row) =>
    Object.fromEntries(TOKEN_INPUTS.map(({ name }, column) => [name, tokens[row * width + column] ?? NaN])),
  );
}

const near = (got: number | undefined, want: number): void => {
  // Tokens are float32 of values below 20.
  assert.ok(Math.abs((got ?? NaN) - want) < 2e-6, `${got} for ${want}`);
};

test('photometryTokens() gives the newest point age 0 and older points their phases on each scale', () => {
  const [old, newest] = rows([point(60_000, 100), point(60_000.125, 100)]);
  assert.equal(newest?.['logAge'], 0);
  assert.equal(newest['cosAge0.25Days'], 1);
  near(old?.['cosAge0.25Days'], -1);
  near(old?.['sinAge0.5Days'], 1);
  near(old?.['sinAge4096Days'], Math.sin((2 * Math.PI * 0.125) / 4096));
  near(old?.['logAge'], Math.log(1.125) / Math.log(8193));
});

test('photometryTokens() scales fluxes by the object and marks filter, wavelength and kind', () => {
  const [first, , limit, last] = rows([
    point(60_000, 1000, { band: 'g', fluxErrNjy: 50 }),
    point(60_001, 3000, { band: 'g', fluxErrNjy: 50 }),
    point(60_002, 0, { band: 'r', fluxErrNjy: 100, kind: 'upperLimit' }),
    point(60_003, -2000, { band: 'i', fluxErrNjy: 50, kind: 'forced' }),
  ]);
  near(first?.['asinhFlux'], Math.asinh(1000 / 2000));
  // Residuals about the band medians are 1000, 1000 and 0: the spread is 1.4826 · 1000.
  near(first?.['asinhFluxCentred'], Math.asinh(-1000 / 1482.602218505602));
  near(first?.['asinhSnr'], Math.asinh(20) / 3);
  near(first?.['logWavelength'], Math.log(4746.5 / 6000));
  assert.deepEqual(
    ['isFilterG', 'isFilterR', 'isFilterI', 'isDetection', 'isForced', 'isUpperLimit'].map((name) => [
      first?.[name],
      limit?.[name],
      last?.[name],
    ]),
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
    ],
  );
  assert.equal(limit?.['asinhFluxCentred'], 0);
});

test('photometryTokens() marks a band without a wavelength, and one without an input of its own', () => {
  const [orange, unknown] = rows([point(1, 5, { band: 'o' }), point(2, 5, { band: 'q' })], 'atlas');
  near(orange?.['logWavelength'], Math.log(6790 / 6000));
  assert.deepEqual([unknown?.['hasWavelength'], unknown?.['logWavelength']], [0, 0]);
});

test('photometryTokens() counts phase from the maximum of the first harmonic', () => {
  const periodDays = 3.2;
  const points = Array.from({ length: 80 }, (_, i) => {
    const mjd = 60_000 + i * 1.37 + 0.5 * Math.sin(i * i);
    return point(mjd, 1000 * Math.cos((2 * Math.PI * mjd) / periodDays));
  });
  const tokens = rows(points);
  const brightest = tokens.reduce((a, b) => ((a['asinhFlux'] ?? 0) > (b['asinhFlux'] ?? 0) ? a : b));
  assert.equal(brightest['hasPeriod'], 1);
  // The brightest of 80 points lies within 1/50 of a cycle of the maximum.
  assert.ok((brightest['cosPhase1'] ?? 0) > 0.99, `${brightest['cosPhase1']}`);
  for (const token of tokens) near((token['sinPhase3'] ?? 0) ** 2 + (token['cosPhase3'] ?? 0) ** 2, 1);
});

test('photometryTokens() has no phase for fewer than twenty points', () => {
  const token = rows(Array.from({ length: 19 }, (_, i) => point(60_000 + i, Math.sin(i))))[5];
  assert.deepEqual([token?.['hasPeriod'], token?.['sinPhase1'], token?.['cosPhase4']], [0, 0, 0]);
});
