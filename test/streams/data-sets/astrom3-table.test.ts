import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { mjdTaiFromMjdUtc } from '../../../core/index.ts';
import { ASTROM3_COLUMNS, ASTROM3_METADATA_COLUMNS } from '../../../streams/data-sets/astrom3-catalogue.ts';
import { openSurveyDataSet } from '../../../streams/data-sets/open-survey-data-set.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { writeParquet } from '../../helpers/write-parquet.ts';

/** Each column's value is its place. */
const FLAT = ASTROM3_COLUMNS.map((name, i) => `${i}.5 AS "${name}"`).join(', ');
const MEMBERS = ASTROM3_METADATA_COLUMNS.map((name, i) => `'${name}': ${i}.5::FLOAT`).join(', ');
const SAMPLES = `[[2457000.5, 2.0, 0.5], [2457001.5, 3.0, 0.5]] AS photometry,
  [[4000.0, 1.0, 4.0], [4001.0, 2.0, 4.0], [4002.0, 3.0, 0.0]] AS spectra`;
const FLAT_ROW = `SELECT 'ASASSN-V J1' AS name, 'EW' AS label, ${SAMPLES}, ${FLAT}`;

async function contents(
  t: TestContext,
  tables: Readonly<Record<string, string>>,
): ReturnType<typeof contentsOf> {
  const folder = await temporaryFolder(t);
  for (const [file, select] of Object.entries(tables)) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeParquet(path.join(folder, file), select);
  }
  const [only, ...others] = Object.keys(tables);
  const dataSet = await openSurveyDataSet(others.length > 0 ? folder : path.join(folder, only ?? ''));
  assert.ok(dataSet !== null);
  return contentsOf(dataSet);
}

test('openSurveyDataSet() reads AstroM³ rows with flat columns', async (t) => {
  const { objects, faults } = await contents(t, { 'train-00000-of-00001.parquet': FLAT_ROW });
  assert.deepEqual(faults, []);
  const [object] = objects;
  assert.equal(object?.objectId, 'ASASSN-V J1');
  assert.equal(object.className, 'EW');
  assert.equal(object.split, 'training');
  const { lightCurve, spectrum, metadata } = object.joined;
  assert.deepEqual(
    lightCurve.points.map(({ mjdTai, band, fluxNjy, fluxErrNjy }) => [mjdTai, band, fluxNjy, fluxErrNjy]),
    [
      [mjdTaiFromMjdUtc(57_000), 'v', 2e6, 5e5],
      [mjdTaiFromMjdUtc(57_001), 'v', 3e6, 5e5],
    ],
  );
  assert.deepEqual(Array.from(spectrum?.flux ?? []), [1, 2]);
  assert.equal(spectrum?.fluxErr?.[0], 0.5);
  assert.equal(Object.keys(object.catalogue ?? {}).length, ASTROM3_COLUMNS.length);
  assert.equal(object.catalogue?.['b'], ASTROM3_COLUMNS.indexOf('b') + 0.5);
  assert.equal(object.catalogue['period'], ASTROM3_COLUMNS.indexOf('period') + 0.5);
  assert.deepEqual(metadata, {
    gaiaGMag: 1.5,
    gaiaBpRpMag: 7.5,
    parallaxMas: 8.5,
    parallaxErrMas: 9.5,
    properMotionMasPerYear: 30.5,
    jMag: 15.5,
    hMag: 17.5,
    kMag: 19.5,
    w1Mag: 21.5,
    w2Mag: 23.5,
  });
});

test('openSurveyDataSet() reads AstroM³ rows with a structure, and takes the split from file and folder', async (t) => {
  const nested = `SELECT 'EA' AS label, ${SAMPLES}, {'meta_cols': {${MEMBERS}}, 'photo_cols': {'period': 2.0}} AS metadata`;
  const plain = `SELECT 'M' AS label, ${SAMPLES}, {${MEMBERS}} AS metadata`;
  const { objects } = await contents(t, { 'test/data.parquet': nested, 'val-0.parquet': plain });
  assert.deepEqual(
    objects.map(({ objectId, className, split, catalogue }) => [
      objectId,
      className,
      split,
      catalogue?.['ruwe'],
      catalogue?.['period'],
      catalogue?.['rfr_score'],
    ]),
    [
      ['test/data#0', 'EA', 'test', 31.5, 2, null],
      ['val-0#0', 'M', 'validation', 31.5, null, null],
    ],
  );
});

test('openSurveyDataSet() reads AstroM³ samples as structures of lists', async (t) => {
  const lists = `SELECT 'M' AS label, {'hjd': [2457000.5], 'flux': [2.0], 'flux_err': [0.5]} AS photometry,
    {'wavelength': [4000.0, 4001.0], 'flux': [1.0, 2.0], 'ivar': [1.0, 1.0]} AS spectra, ${FLAT}`;
  const { objects } = await contents(t, { 'a.parquet': lists });
  assert.equal(objects[0]?.joined.lightCurve.points[0]?.fluxNjy, 2e6);
  assert.equal(objects[0].joined.spectrum?.flux.length, 2);
});

test('openSurveyDataSet() keeps AstroM³ rows without samples for their catalogue', async (t) => {
  const { objects } = await contents(t, {
    'a.parquet': `SELECT * REPLACE ([]::DOUBLE[][] AS photometry, NULL::DOUBLE[][] AS spectra) FROM (${FLAT_ROW})`,
  });
  assert.equal(objects[0]?.joined.lightCurve.points.length, 0);
  assert.equal(objects[0].joined.spectrum, null);
});

test('openSurveyDataSet() names the column of an AstroM³ table that is missing or of another type', async (t) => {
  for (const name of ['photometry', 'spectra', 'label', 'w4_mag'] as const) {
    await assert.rejects(
      contents(t, {
        'a.parquet': `SELECT *, 0 AS metadata FROM (SELECT * EXCLUDE (${name}) FROM (${FLAT_ROW}))`,
      }),
      hasCode('DATA_SET_INVALID', 'a.parquet', `column "${name}"`),
      name,
    );
  }
  for (const name of ['photometry', 'spectra', 'w4_mag'] as const) {
    await assert.rejects(
      contents(t, { 'a.parquet': `SELECT * REPLACE ('x' AS ${name}) FROM (${FLAT_ROW})` }),
      hasCode('DATA_SET_INVALID', 'a.parquet', `its column "${name}" must hold`),
      name,
    );
  }
});
