import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Result } from '../../../../core/index.ts';
import type { RawSpectrum } from '../../../../streams/joins/spectra/clean-spectrum.ts';
import { fitsSpectrum } from '../../../../streams/joins/spectra/fits-spectrum.ts';
import { fitsHeader, fitsImage, fitsPrimary, fitsTable } from '../../../helpers/fits-bytes.ts';

const N = 40;
const COEFFICIENTS = { COEFF0: 3.5682, COEFF1: 0.0001 };
const wavelengths = Array.from(
  { length: N },
  (_, i) => 10 ** (COEFFICIENTS.COEFF0 + COEFFICIENTS.COEFF1 * i),
);
const fluxes = Array.from({ length: N }, (_, i) => 100 + i);
const inverseVariances = Array.from({ length: N }, (_, i) => (i === 5 ? 0 : 4));
const mask = Array.from({ length: N }, (_, i) => (i === 7 ? 1 : 0));
const LAMOST = { TELESCOP: 'LAMOST', RA: 332.202292, DEC: -2.05675, DESIG: 'LAMOST J220848.54-020324.3' };
const SDSS = { TELESCOP: 'SDSS 2.5-M', RA: 1, DEC: 2 };

const lamostImage = fitsImage([fluxes, inverseVariances, wavelengths, mask, mask], {
  ...LAMOST,
  ...COEFFICIENTS,
});
const lamostTable = Buffer.concat([
  fitsPrimary(LAMOST),
  fitsTable(
    [
      { name: 'FLUX', form: `${N}E`, cells: [fluxes] },
      { name: 'IVAR', form: `${N}E`, cells: [inverseVariances] },
      { name: 'WAVELENGTH', form: `${N}E`, cells: [wavelengths] },
      { name: 'ANDMASK', form: `${N}J`, cells: [mask] },
      { name: 'ORMASK', form: `${N}J`, cells: [mask.map(() => 1)] },
    ],
    { EXTNAME: 'COADD' },
  ),
]);
const sdssTable = Buffer.concat([
  fitsPrimary({ ...SDSS, PLUG_RA: 150.5, PLUG_DEC: 2.25 }),
  fitsTable(
    [
      { name: 'flux', form: 'E', cells: fluxes },
      { name: 'loglam', form: 'D', cells: wavelengths.map(Math.log10) },
      { name: 'ivar', form: 'E', cells: inverseVariances },
      { name: 'and_mask', form: 'J', cells: mask },
    ],
    { EXTNAME: 'COADD' },
  ),
]);

const WHOLE_FILES: Readonly<Record<string, Buffer>> = { lamostImage, lamostTable, sdssTable };

function read(bytes: Uint8Array, samplesMax = 10_000): Promise<Result<RawSpectrum>> {
  return fitsSpectrum(bytes, { spectrumId: 'a.fits#0', samplesMax });
}

async function spectrumIn(bytes: Uint8Array): Promise<RawSpectrum> {
  const result = await read(bytes);
  assert.ok(result.ok, result.ok ? '' : result.rejection.reason);
  return result.value;
}

async function reasonFor(bytes: Uint8Array, samplesMax?: number): Promise<string> {
  const result = await read(bytes, samplesMax);
  assert.ok(!result.ok);
  assert.equal(result.rejection.code, 'SPECTRUM_INVALID');
  return result.rejection.reason;
}

function assertSamples(
  spectrum: RawSpectrum,
  uncertainty: RawSpectrum['uncertainty'],
  tolerance: number,
): void {
  assert.deepEqual([...Array.from(spectrum.flux)], fluxes);
  assert.equal(spectrum.uncertainty?.kind, uncertainty?.kind);
  assert.deepEqual(Array.from(spectrum.uncertainty?.values ?? []), uncertainty?.values ?? []);
  for (const [i, expected] of wavelengths.entries()) {
    assert.ok(Math.abs((spectrum.wavelengthAngstrom[i] ?? NaN) / expected - 1) < tolerance);
  }
}

/** Wavelengths held as float32 are right to a part in 2²⁴. */
const FLOAT32 = 2 ** -24;

test('fitsSpectrum() reads the image of LAMOST to DR7, with the and-mask and the position', async () => {
  const spectrum = await spectrumIn(lamostImage);
  assertSamples(spectrum, { kind: 'inverseVariance', values: inverseVariances }, FLOAT32);
  assert.deepEqual(Array.from(spectrum.mask ?? []), mask);
  assert.deepEqual([spectrum.raDeg, spectrum.decDeg, spectrum.objectId], [LAMOST.RA, LAMOST.DEC, null]);
});

test('fitsSpectrum() takes COEFF0 and COEFF1 for LAMOST pilot data', async () => {
  const bytes = fitsImage([fluxes, inverseVariances, fluxes.map(() => 0), mask, mask], {
    ...LAMOST,
    ...COEFFICIENTS,
  });
  assertSamples(await spectrumIn(bytes), { kind: 'inverseVariance', values: inverseVariances }, 1e-12);
});

test('fitsSpectrum() reads the vector cells of LAMOST from DR8', async () => {
  const spectrum = await spectrumIn(lamostTable);
  assertSamples(spectrum, { kind: 'inverseVariance', values: inverseVariances }, FLOAT32);
  assert.deepEqual(Array.from(spectrum.mask ?? []), mask);
  assert.equal(spectrum.raDeg, LAMOST.RA);
});

test('fitsSpectrum() reads COADD of SDSS, and the position of the fibre, not the telescope', async () => {
  const spectrum = await spectrumIn(sdssTable);
  assertSamples(spectrum, { kind: 'inverseVariance', values: inverseVariances }, 1e-12);
  assert.deepEqual(Array.from(spectrum.mask ?? []), mask);
  assert.deepEqual([spectrum.raDeg, spectrum.decDeg], [150.5, 2.25]);
});

test('fitsSpectrum() reads the image of SDSS spSpec with its error row', async () => {
  const errors = inverseVariances.map((ivar) => (ivar === 0 ? 0 : 0.5));
  const rows = [fluxes, fluxes.map(() => 0), errors, mask.map(() => 2 ** 30), fluxes];
  const spectrum = await spectrumIn(
    fitsImage(rows, { ...SDSS, ...COEFFICIENTS, RAOBJ: 150.5, DECOBJ: 2.25 }),
  );
  assertSamples(spectrum, { kind: 'error', values: errors }, 1e-12);
  assert.deepEqual([spectrum.raDeg, spectrum.decDeg, spectrum.mask], [150.5, 2.25, null]);
});

test('fitsSpectrum() applies units, column scales and Fortran exponents, and knows OBJECT', async () => {
  const header = fitsPrimary({ OBJECT: "ZTF18o'b", RA: 0, DEC: 1 });
  const at = header.indexOf('RA      =');
  header.write('RA      =             1.505D+02'.padEnd(80), at, 'latin1');
  const table = fitsTable(
    [
      { name: 'flux', form: 'D', cells: fluxes },
      { name: 'wave', form: 'D', cells: wavelengths.map((value) => value / 10) },
      { name: 'mask', form: 'J', cells: mask.map((value) => value - 2 ** 31) },
    ],
    { TUNIT2: 'nm', TZERO3: 2 ** 31, TSCAL3: 1 },
  );
  const spectrum = await spectrumIn(Buffer.concat([header, table]));
  assertSamples(spectrum, null, 1e-12);
  assert.deepEqual(Array.from(spectrum.mask ?? []), mask);
  assert.deepEqual([spectrum.objectId, spectrum.raDeg], ["ZTF18o'b", 150.5]);
});

test('fitsSpectrum() says why a file is not a spectrum', async () => {
  assert.match(
    await reasonFor(Buffer.from('not FITS')),
    /^Cannot read "a\.fits#0" as FITS as its first card/,
  );
  assert.match(
    await reasonFor(lamostImage.subarray(0, 3000)),
    /must hold the 800 bytes .*current value is 120$/,
  );
  assert.match(await reasonFor(lamostImage.subarray(0, 800)), /must have an END card/);
  assert.match(await reasonFor(fitsPrimary()), /no unit is a spectrum as LAMOST or SDSS write them/);
  assert.match(
    await reasonFor(fitsImage([fluxes, fluxes, fluxes.map(() => 0)])),
    /current units are an image of 3 × 40/,
  );
  assert.match(await reasonFor(sdssTable, N - 1), /no unit is a spectrum/);
  const unknownRows = fitsImage([fluxes, fluxes, fluxes.map(() => 0)], COEFFICIENTS);
  assert.match(await reasonFor(unknownRows), /no unit is a spectrum/);
});

test('fitsSpectrum() rejects axes that the file does not hold, whatever they claim', async () => {
  const claims = [
    { NAXIS: 3, NAXIS1: 1, NAXIS2: 0, NAXIS3: 4e15 },
    { NAXIS: 3, NAXIS1: 1, NAXIS2: 1, NAXIS3: 4e15 },
    { NAXIS: 2, NAXIS1: 9e15, NAXIS2: 9e15 },
    { NAXIS: 2, NAXIS1: -2880, NAXIS2: 1 },
    { NAXIS: 2, NAXIS1: 1.5, NAXIS2: 2 },
    { NAXIS: 900 },
    { NAXIS: 'two' },
    { NAXIS: 1, NAXIS1: 8, PCOUNT: -2890 },
    { NAXIS: 1, NAXIS1: 8, BITPIX: 7 },
  ];
  for (const claim of claims) {
    const bytes = Buffer.concat([fitsHeader({ SIMPLE: true, BITPIX: -32, ...claim }), Buffer.alloc(2880)]);
    await reasonFor(bytes);
  }
  for (const wrong of [
    { NAXIS1: 8 },
    { TFORM1: '3PE(9)' },
    { TFORM1: '9999999E' },
    { TFORM1: '0E' },
    { TFIELDS: 900 },
  ]) {
    const table = fitsTable(
      [
        { name: 'flux', form: 'D', cells: fluxes },
        { name: 'wave', form: 'D', cells: fluxes },
      ],
      wrong,
    );
    await reasonFor(Buffer.concat([fitsPrimary(), table]));
  }
});

test('fitsSpectrum() gives a spectrum or a reason for every damage', async () => {
  const damage = fc.record({
    file: fc.constantFrom(...Object.keys(WHOLE_FILES)),
    cut: fc.option(fc.nat(), { nil: null, freq: 3 }),
    edits: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...Array.from(" '=/TF0123456789-E.\0ÿ"))), {
      maxLength: 12,
    }),
    isHeader: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(damage, async ({ file: name, cut, edits, isHeader }) => {
      const file = WHOLE_FILES[name] ?? Buffer.alloc(0);
      const bytes = Buffer.from(cut === null ? file : file.subarray(0, cut % file.length));
      // Most of a header is blank: damage goes to the first characters of its cards.
      for (const [at, character] of edits) {
        const place = isHeader ? (at % 30) * 80 + ((at >> 5) % 32) : at % Math.max(1, bytes.length);
        if (place < bytes.length) bytes.write(character, place, 'latin1');
      }
      const result = await read(bytes);
      if (!result.ok) assert.equal(result.rejection.code, 'SPECTRUM_INVALID');
    }),
    { seed: 11, numRuns: 400 },
  );
});
