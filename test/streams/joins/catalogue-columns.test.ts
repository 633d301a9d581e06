import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../core/index.ts';
import type { CatalogueColumns } from '../../../streams/joins/catalogue-columns.ts';
import { resolveColumns } from '../../../streams/joins/catalogue-columns.ts';

function resolved(
  names: readonly string[],
  configured: Config['join']['metadataColumns'] = {},
): CatalogueColumns {
  const columns = resolveColumns(names, configured);
  assert.ok(!('missing' in columns), 'missing' in columns ? columns.missing : '');
  return columns;
}

function fieldsOf(columns: CatalogueColumns): Record<string, readonly string[]> {
  return Object.fromEntries(columns.fields.map(({ field, columns: names }) => [field, names]));
}

test('resolveColumns() knows the usual names of positions, whatever their case', () => {
  for (const [ra, dec] of [
    ['RA', 'Dec'],
    ['raDeg', 'decDeg'],
    ['RA_ICRS', 'DE_ICRS'],
    ['_RAJ2000', '_DEJ2000'],
  ] as const) {
    const columns = resolved([ra, dec, 'parallax']);
    assert.deepEqual([columns.ra, columns.dec, columns.id], [ra, dec, null]);
  }
});

test('resolveColumns() prefers the computed position of VizieR, which is in degrees', () => {
  assert.equal(resolved(['RAJ2000', 'DEJ2000', '_RAJ2000', '_DEJ2000', 'Jmag']).ra, '_RAJ2000');
});

test('resolveColumns() tells Gaia Gmag from Pan-STARRS gmag', () => {
  assert.deepEqual(fieldsOf(resolved(['ra', 'dec', 'Gmag'])), { gaiaGMag: ['Gmag'] });
  assert.deepEqual(fieldsOf(resolved(['ra', 'dec', 'gmag', 'zmag'])), {
    neighbourGMag: ['gmag'],
    neighbourZMag: ['zmag'],
  });
});

test('resolveColumns() takes the configured column first, then the field by its own name', () => {
  const names = ['ra', 'dec', 'parallax', 'parallaxMas', 'plx_best'];
  assert.deepEqual(fieldsOf(resolved(names)), { parallaxMas: ['parallaxMas'] });
  assert.deepEqual(fieldsOf(resolved(names, { parallaxMas: 'plx_best' })), { parallaxMas: ['plx_best'] });
});

test('resolveColumns() derives colour and total proper motion from their parts', () => {
  const columns = resolved(['ra', 'dec', 'phot_bp_mean_mag', 'phot_rp_mean_mag', 'pmra', 'pmdec']);
  assert.deepEqual(
    columns.fields.map(({ field, value }) => [field, value(3, 4)]),
    [
      ['gaiaBpRpMag', -1],
      ['properMotionMasPerYear', 5],
    ],
  );
});

test('resolveColumns() says what is missing', () => {
  for (const [names, configured, expected] of [
    [['name', 'parallax'], {}, /a position in degrees \(ra\/dec, /],
    [['ra', 'dec', 'comment'], {}, /any metadata column/],
    [['ra', 'dec', 'parallax'], { jMag: 'J' }, /the column "J" that join\.metadataColumns\.jMag names/],
  ] as const) {
    const columns = resolveColumns(names, configured);
    assert.match('missing' in columns ? columns.missing : '', expected);
  }
});
