import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RawSpectrum } from '../../../../streams/joins/spectra/clean-spectrum.ts';
import { textSpectrum } from '../../../../streams/joins/spectra/text-spectrum.ts';

function read(text: string, file = 'night/ZTF18abcdefg_20210101_P60.txt'): ReturnType<typeof textSpectrum> {
  return textSpectrum(text, { spectrumId: `${file}#0`, file, samplesMax: 100 });
}

function spectrumIn(text: string, file?: string): RawSpectrum {
  const result = read(text, file);
  assert.ok(result.ok && 'flux' in result.value, JSON.stringify(result));
  return result.value;
}

function reasonFor(text: string): string {
  const result = read(text);
  assert.ok(!result.ok);
  assert.equal(result.rejection.code, 'SPECTRUM_INVALID');
  return result.rejection.reason;
}

test('textSpectrum() reads two or three columns in white space, commas or semicolons', () => {
  for (const text of [
    '5000 1e-17\n5001\t2e-17',
    '5000, 1e-17\r\n5001,2e-17\r\n',
    ' 5000 ;1D-17\n\n5001; 2d-17',
  ]) {
    const spectrum = spectrumIn(text);
    assert.deepEqual(
      [spectrum.wavelengthAngstrom, spectrum.flux],
      [
        [5000, 5001],
        [1e-17, 2e-17],
      ],
    );
    assert.equal(spectrum.uncertainty, null);
  }
  const withErrors = spectrumIn('5000 1 0.1\n5001 nan 0.2\n5002 3 --\n');
  assert.deepEqual(withErrors.flux, [1, NaN, 3]);
  assert.deepEqual(withErrors.uncertainty, { kind: 'error', values: [0.1, 0.2, NaN] });
});

test('textSpectrum() takes columns by the names in a header line, commented or not', () => {
  for (const text of ['flux,sky,Wavelength,ivar\n1,9,5000,4\n', '# flux sky wave ivar\n1 9 5000 4\n']) {
    const spectrum = spectrumIn(text);
    assert.deepEqual([spectrum.wavelengthAngstrom, spectrum.flux], [[5000], [1]]);
    assert.deepEqual(spectrum.uncertainty, { kind: 'inverseVariance', values: [4] });
  }
  assert.equal(spectrumIn('wave flux continuum\n5000 1 2\n').uncertainty, null);
});

test('textSpectrum() converts nanometres and micrometres where the header says so', () => {
  for (const [text, expected] of [
    ['wavelength (nm) flux (erg / s)\n500 1\n', 5000],
    ['wave_nm,flux\n500,1\n', 5000],
    ['# wavelength unit: nm\n500 1\n', 5000],
    ['lambda[micron],flux\n0.5,1\n', 5000],
    ['wave(µm) flux\n0.5 1\n', 5000],
    ['wavelength (Angstrom) flux\n5000 1\n', 5000],
  ] as const) {
    assert.deepEqual(spectrumIn(text).wavelengthAngstrom, [expected]);
  }
});

test('textSpectrum() knows whose it is by comments, else by the name of the file', () => {
  const owner = (text: string, file?: string): unknown[] => {
    const { objectId, raDeg, decDeg } = spectrumIn(`${text}\n5000 1\n`, file);
    return [objectId, raDeg, decDeg];
  };
  assert.deepEqual(owner(''), ['ZTF18abcdefg', null, null]);
  assert.deepEqual(owner('', 'SN2011fe.flm.gz'), ['SN2011fe', null, null]);
  assert.deepEqual(owner('# object: SN 2011fe'), ['SN 2011fe', null, null]);
  assert.deepEqual(owner('# RA = 10.5 deg\n# Dec = -3'), [null, 10.5, -3]);
  assert.deepEqual(owner('# object: X\n# ra: 10.5\n# dec: -3'), ['X', 10.5, -3]);
  assert.deepEqual(owner('# ra: 00:42:44\n# dec: +41:16:09'), ['ZTF18abcdefg', null, null]);
});

test('textSpectrum() tells another table by its header', () => {
  const result = read('phase,mag,err\n0.1,12,0.1\n');
  assert.deepEqual(result, { ok: true, value: { otherColumns: ['phase', 'mag', 'err'] } });
});

test('textSpectrum() names the first line that is wrong', () => {
  assert.match(
    reasonFor('5000 1\n5001 2\n5002'),
    /each line must hold numbers: current value is "5002" in line 3$/,
  );
  assert.match(reasonFor('5000 1\n\n5001 x\n'), /"5001 x" in line 3/);
  assert.match(reasonFor(''), /must have lines of wavelength and flux/);
  assert.match(reasonFor('5000 1\n'.repeat(102)), /more than 100 lines \(join\.spectrumSamplesMax\)/);
  assert.match(reasonFor(`5000 ${'('.repeat(5000)}`), /a line of 5005 characters/);
});

test('textSpectrum() gives a spectrum, a table or a reason for any text', () => {
  const pieces = fc.constantFrom(
    '5000',
    ' ',
    ',',
    ';',
    '\n',
    '\r',
    '1e-17',
    '#',
    '(',
    ')',
    'wave',
    'flux',
    'object:',
    '-',
    'é',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (content) => {
      const result = read(content);
      if (result.ok && 'flux' in result.value) {
        assert.equal(result.value.flux.length, result.value.wavelengthAngstrom.length);
      }
    }),
    { seed: 5, numRuns: 1000 },
  );
});
