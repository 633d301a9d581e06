import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Spectrum } from '../../../../core/index.ts';
import type { RawSpectrum } from '../../../../streams/joins/spectra/clean-spectrum.ts';
import { cleanSpectrum, SPECTRUM_SAMPLES_MIN } from '../../../../streams/joins/spectra/clean-spectrum.ts';

const N = 12;

function raw(parts: Partial<RawSpectrum> = {}): RawSpectrum {
  return {
    spectrumId: 'a.txt#0',
    objectId: 'ZTF18abc',
    raDeg: 10,
    decDeg: -5,
    wavelengthAngstrom: Array.from({ length: N }, (_, i) => 4000 + i),
    flux: Array.from({ length: N }, (_, i) => i),
    uncertainty: null,
    mask: null,
    ...parts,
  };
}

function clean(parts: Partial<RawSpectrum>): Spectrum {
  const result = cleanSpectrum(raw(parts), 1000);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

function reasonFor(parts: Partial<RawSpectrum>): string {
  const result = cleanSpectrum(raw(parts), 1000);
  assert.ok(!result.ok);
  assert.equal(result.rejection.code, 'SPECTRUM_INVALID');
  return result.rejection.reason;
}

const filled = (value: number, at: Readonly<Record<number, number>> = {}): number[] =>
  Array.from({ length: N }, (_, i) => at[i] ?? value);

test('cleanSpectrum() keeps a good spectrum as it is', () => {
  const spectrum = clean({});
  assert.deepEqual([...spectrum.flux], [...Array(N).keys()]);
  assert.equal(spectrum.fluxErr, null);
  assert.deepEqual([spectrum.objectId, spectrum.raDeg, spectrum.decDeg], ['ZTF18abc', 10, -5]);
});

test('cleanSpectrum() makes errors of inverse variances and drops samples without', () => {
  const spectrum = clean({ uncertainty: { kind: 'inverseVariance', values: filled(4, { 3: 0, 5: -1 }) } });
  assert.equal(spectrum.flux.length, N - 2);
  assert.deepEqual([...(spectrum.fluxErr ?? [])], Array<number>(N - 2).fill(0.5));
});

test('cleanSpectrum() drops masked samples, and those without flux, wavelength or error', () => {
  assert.ok(!clean({ mask: filled(0, { 2: 64 }) }).flux.includes(2));
  assert.ok(!clean({ flux: filled(1, { 2: NaN }) }).wavelengthAngstrom.includes(4002));
  assert.equal(clean({ wavelengthAngstrom: filled(0).map((_, i) => (i === 0 ? -1 : i)) }).flux.length, N - 1);
  assert.equal(
    clean({ uncertainty: { kind: 'error', values: filled(1, { 0: 0, 1: Infinity }) } }).flux.length,
    N - 2,
  );
});

test('cleanSpectrum() takes an error column without one positive value as none', () => {
  assert.equal(clean({ uncertainty: { kind: 'error', values: filled(0) } }).fluxErr, null);
});

test('cleanSpectrum() sorts, and merges samples of one wavelength into their mean', () => {
  const wavelengthAngstrom = Array.from(
    { length: N },
    (_, i) => 5000 - Math.floor(i / 2) * (i < 4 ? 1 : 0) - i,
  );
  wavelengthAngstrom[1] = wavelengthAngstrom[0] ?? 0;
  const spectrum = clean({
    wavelengthAngstrom,
    flux: filled(1, { 0: 2, 1: 4 }),
    uncertainty: { kind: 'error', values: filled(1e-200, { 0: 3e-200, 1: 4e-200 }) },
  });
  assert.ok(
    spectrum.wavelengthAngstrom.every((value, i, all) => i === 0 || value > (all[i - 1] ?? Infinity)),
  );
  assert.equal(spectrum.flux.at(-1), 3);
  assert.ok(Math.abs((spectrum.fluxErr?.at(-1) ?? 0) / 2.5e-200 - 1) < 1e-12);
});

test('cleanSpectrum() takes a position off the sky as missing', () => {
  for (const [raDeg, decDeg] of [
    [-9999, 5],
    [400, 5],
    [10, 91],
    [10, null],
    [NaN, 1],
  ] as const) {
    const spectrum = clean({ raDeg, decDeg });
    assert.deepEqual([spectrum.raDeg, spectrum.decDeg], [null, null]);
  }
  assert.equal(clean({ raDeg: 360 }).raDeg, 0);
});

test('cleanSpectrum() says why a spectrum cannot be used', () => {
  assert.match(reasonFor({ flux: [1] }), /"a\.txt#0" .*one length: current value is 12 and 1$/);
  assert.match(reasonFor({ flux: filled(0) }), /must not be 0 everywhere/);
  assert.match(
    reasonFor({ flux: filled(NaN) }),
    new RegExp(`needs ${SPECTRUM_SAMPLES_MIN} usable samples.* 0 of 12`),
  );
  assert.match(reasonFor({ wavelengthAngstrom: filled(5000) }), /1 of 12/);
  const result = cleanSpectrum(raw(), N - 1);
  assert.match(result.ok ? '' : result.rejection.reason, /at most 11 samples \(join\.spectrumSamplesMax\)/);
});

test('cleanSpectrum() gives a clean spectrum or a reason for any numbers', () => {
  const column = fc.array(fc.oneof(fc.double(), fc.constantFrom(0, 1, 4000, 5000)), {
    minLength: 30,
    maxLength: 30,
  });
  fc.assert(
    fc.property(column, column, column, fc.boolean(), (wavelengthAngstrom, flux, values, isError) => {
      const uncertainty = { kind: isError ? ('error' as const) : ('inverseVariance' as const), values };
      const result = cleanSpectrum(raw({ wavelengthAngstrom, flux, uncertainty }), 1000);
      if (!result.ok) return;
      const spectrum = result.value;
      assert.ok(
        spectrum.wavelengthAngstrom.every((value, i, all) => value > (i === 0 ? 0 : (all[i - 1] ?? NaN))),
      );
      assert.ok(spectrum.flux.every(Number.isFinite));
      assert.ok(
        spectrum.fluxErr === null || spectrum.fluxErr.every((value) => value > 0 && value < Infinity),
      );
    }),
    { seed: 3, numRuns: 500 },
  );
});
