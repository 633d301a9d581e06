import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandLetter } from '../../../streams/data-sets/band-names.ts';

const LETTERS: Readonly<Record<string, string>> = {
  V: 'v',
  g: 'g',
  "g'": 'g',
  'R′': 'r',
  sdss_r: 'r',
  'SDSS-i': 'i',
  ztf_g: 'g',
  sdssu: 'u',
  R_C: 'r',
  Rc: 'r',
  Ic: 'i',
  I_C: 'i',
  'Cousins R': 'r',
  bessellv: 'v',
  Ks: 'k',
  KS: 'k',
  BP: 'b',
  G_RP: 'r',
  G: 'g',
  'gaia.g': 'g',
  iP1: 'i',
  y_p1: 'y',
  Vg: 'v',
  orange: 'o',
  ' z ': 'z',
  lsst_y: 'y',
};

test('bandLetter() knows the bands of surveys by one letter', () => {
  const found = Object.keys(LETTERS).map((name) => [name, bandLetter(name)]);
  assert.deepEqual(Object.fromEntries(found), LETTERS);
});

test('bandLetter() does not guess', () => {
  for (const name of ['NUV', 'UVW1', 'W2', '?', '', 'clear', 'F555W', 'g+r', 'sdss_', "'", 'constructor']) {
    assert.equal(bandLetter(name), null, name);
  }
});
