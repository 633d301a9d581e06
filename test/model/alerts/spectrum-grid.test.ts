import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Spectrum } from '../../../core/index.ts';
import { DEFAULT_SPECTRUM_SETTINGS, spectrumInputs } from '../../../model/alerts/spectrum-grid.ts';
import { someSpectrum } from '../../helpers/joined-object.ts';

const { samples } = DEFAULT_SPECTRUM_SETTINGS;

function spectrum(from: number, to: number, fluxOf: (wavelength: number) => number, count = 2000): Spectrum {
  const wavelengthAngstrom = Float64Array.from(
    { length: count },
    (_, i) => from + ((to - from) * i) / (count - 1),
  );
  return { ...someSpectrum(), wavelengthAngstrom, flux: wavelengthAngstrom.map(fluxOf), fluxErr: null };
}

const channel = (inputs: Float32Array, index: number): Float32Array =>
  inputs.subarray(index * samples, (index + 1) * samples);

test('spectrumInputs() of a step is its two levels about the median, in robust σ', () => {
  const inputs = spectrumInputs(
    spectrum(3000, 10_000, (at) => (at < 6000 ? 1 : 3)),
    DEFAULT_SPECTRUM_SETTINGS,
  );
  assert.ok(inputs !== null);
  const step = Math.log(9500 / 3500) / samples;
  const middle = Math.floor(Math.log(6000 / 3500) / step);
  const flux = channel(inputs, 0);
  // Over half of the samples in log wavelength lie below 6000 Å: the median is 1, and the deviation's median 0.
  // Rounding of the interpolation, over a σ of 1e-4 of the level.
  assert.ok(Math.abs(flux[10] ?? NaN) < 1e-11);
  assert.ok((flux[middle + 2] ?? 0) > 9 && channel(inputs, 2).every((flag) => flag === 1));
});

test('spectrumInputs() covers what the source covers, without extrapolation, and leaves gaps open', () => {
  const covered = (input: Spectrum): number => {
    const inputs = spectrumInputs(input, DEFAULT_SPECTRUM_SETTINGS);
    return inputs === null ? 0 : channel(inputs, 2).reduce((sum, flag) => sum + flag, 0);
  };
  const wave = (at: number): number => Math.sin(at / 100);
  const fraction = Math.log(8000 / 4000) / Math.log(9500 / 3500);
  assert.ok(Math.abs(covered(spectrum(4000, 8000, wave)) - fraction * samples) <= 2);
  const whole = spectrum(3000, 10_000, wave, 4000);
  const keep = (_: number, i: number): boolean => {
    const at = whole.wavelengthAngstrom[i] ?? 0;
    return at < 5000 || at > 6000;
  };
  const gapped = {
    ...whole,
    wavelengthAngstrom: whole.wavelengthAngstrom.filter(keep),
    flux: whole.flux.filter(keep),
  };
  const gap = (Math.log(6000 / 5000) / Math.log(9500 / 3500)) * samples;
  assert.ok(Math.abs(samples - covered(gapped) - gap) <= 2);
});

test('spectrumInputs() averages fine sources and interpolates coarse ones alike', () => {
  const wave = (at: number): number => Math.sin(at / 700);
  const fine = spectrumInputs(spectrum(3000, 10_000, wave, 20_000), DEFAULT_SPECTRUM_SETTINGS);
  const coarse = spectrumInputs(spectrum(3000, 10_000, wave, 300), DEFAULT_SPECTRUM_SETTINGS);
  assert.ok(fine !== null && coarse !== null);
  // Linear interpolation over 23 Å of a wave of 700 Å per radian: (23/700)²/8 of its amplitude, in units of σ.
  fine.forEach((value, i) => {
    assert.ok(Math.abs(value - (coarse[i] ?? NaN)) < 2e-3);
  });
});

test('spectrumInputs() does not depend on the scale of the flux', () => {
  const plain = someSpectrum();
  const scaled = {
    ...plain,
    flux: plain.flux.map((f) => f * 2 ** -50),
    fluxErr: plain.fluxErr?.map((e) => e * 2 ** -50) ?? null,
  };
  assert.deepEqual(
    spectrumInputs(scaled, DEFAULT_SPECTRUM_SETTINGS),
    spectrumInputs(plain, DEFAULT_SPECTRUM_SETTINGS),
  );
});

test('spectrumInputs() is null off the grid, and finite for flat, huge and broken values', () => {
  const settings = DEFAULT_SPECTRUM_SETTINGS;
  assert.equal(spectrumInputs(spectrum(20_000, 30_000, Math.sin), settings), null);
  assert.equal(spectrumInputs(spectrum(6000, 6010, Math.sin), settings), null);
  const hostile = [
    spectrum(3000, 10_000, () => 0),
    spectrum(3000, 10_000, () => 5),
    spectrum(3000, 10_000, (at) => (at > 6000 ? 1e308 : -1e308)),
    spectrum(3000, 10_000, (at) => (Math.floor(at) % 3 === 0 ? NaN : at)),
    {
      ...someSpectrum(),
      fluxErr: Float64Array.from({ length: 1500 }, (_, i) => (i % 2 === 0 ? Infinity : -1)),
    },
  ];
  for (const input of hostile) {
    const inputs = spectrumInputs(input, settings);
    assert.ok(inputs !== null && inputs.every((value) => Number.isFinite(value) && Math.abs(value) <= 20));
  }
});
