import assert from 'node:assert/strict';
import { test } from 'node:test';
import { angstromPerUnit, spectrumColumns } from '../../../../streams/joins/spectra/spectrum-columns.ts';

test('angstromPerUnit() knows nanometres and micrometres, as units and in names, and takes the rest as Ångström', () => {
  const factors: Readonly<Record<string, number>> = {
    nm: 10,
    wave_nm: 10,
    'wavelength (nm)': 10,
    nanometers: 10,
    um: 1e4,
    µm: 1e4,
    Micron: 1e4,
    Angstrom: 1,
    wavelength: 1,
    AA: 1,
    wnm: 1,
    '': 1,
  };
  for (const [text, factor] of Object.entries(factors)) assert.equal(angstromPerUnit(text), factor, text);
});

test('angstromPerUnit() multiplies by the number before the unit: 0.1nm is an Ångström', () => {
  const factors: Readonly<Record<string, number>> = {
    '0.1nm': 1,
    '0.1 nm': 1,
    '.1nm': 1,
    'wavelength(0.1nm)': 1,
    '10 nm': 100,
    wave2_nm: 10,
  };
  for (const [text, factor] of Object.entries(factors)) assert.equal(angstromPerUnit(text), factor, text);
});

test('spectrumColumns() prefers an inverse variance to an error, and needs wavelength and flux', () => {
  assert.deepEqual(spectrumColumns(['Wave (0.1nm)', 'err', 'FLUX', 'ivar', 'mask']), {
    wavelength: 0,
    flux: 2,
    uncertainty: { kind: 'inverseVariance', column: 3 },
    mask: 4,
    angstromPerUnit: 1,
  });
  assert.equal(spectrumColumns(['wave', 'err']), null);
});
