import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { DataSet } from '../../../core/index.ts';
import { njyFromAbMag, abMag } from '../../../core/index.ts';
import { openSurveyDataSet } from '../../../streams/data-sets/open-survey-data-set.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { realData } from '../../helpers/real-data.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { writeParquet } from '../../helpers/write-parquet.ts';

const CURVES = `SELECT * FROM (VALUES
  ('a', 'ZTF', 'RRc', 10.0, -5.0, 'mag', [55000.0, 55001.0], [18.0, 19.0], [0.1, 0.2], ['g', 'r'], 'train', NULL),
  ('one', 'ZTF', '', NULL, NULL, 'njy', [55000.0], [7.0], [1.0], ['V'], 'val', '{"bp_rp": 0.5, "best_class_score": 0.9}'),
  ('empty', 'ZTF', 'RRc', 1.0, 1.0, 'mag', [], [], [], [], 'test', NULL),
  ('a', 'ZTF', 'RRc', 10.0, -5.0, 'mag', [55000.0], [18.0], [0.1], ['g'], 'train', NULL),
  ('unit', 'ZTF', 'RRc', 1.0, 1.0, 'parsec', [55000.0], [1.0], [0.1], ['g'], 'train', NULL),
  ('lengths', 'ZTF', 'RRc', 1.0, 1.0, 'mag', [55000.0], [1.0, 2.0], [0.1], ['g'], 'train', NULL),
  ('far', 'ZTF', 'RRc', 1.0, 1.0, 'mag', [55000.0, -2409998.5], [1.0, 2.0], [0.1, 0.1], ['g', 'g'], 'holdout', '{'),
  (NULL, 'ZTF', 'RRc', 1.0, 1.0, 'mag', [55000.0], [1.0], [0.1], ['g'], 'train', NULL),
  ('noLists', 'ZTF', 'RRc', 1.0, 1.0, 'mag', NULL, NULL, NULL, NULL, 'train', NULL)
) AS t(id, survey, cls, ra, dec, unit, mjd, value, err, band, split, extra)`;

async function opened(t: TestContext, select: string): Promise<DataSet | null> {
  const file = path.join(await temporaryFolder(t), 'table.parquet');
  await writeParquet(file, select);
  return openSurveyDataSet(file);
}

async function contents(t: TestContext, select: string): ReturnType<typeof contentsOf> {
  const dataSet = await opened(t, select);
  assert.ok(dataSet !== null);
  return contentsOf(dataSet);
}

test('openSurveyDataSet() reads light curves with class, split, position and metadata', async (t) => {
  const { objects, faults } = await contents(t, CURVES);
  assert.deepEqual(
    objects.map(({ objectId, className, split, joined }) => {
      const { raDeg, points } = joined.lightCurve;
      return [objectId, className, split, raDeg, points.length];
    }),
    [
      ['a', 'RRc', 'training', 10, 2],
      ['one', null, 'validation', NaN, 1],
      ['far', 'RRc', null, 1, 1],
    ],
  );
  const [first, second] = objects;
  assert.equal(first?.joined.lightCurve.survey, 'ztf');
  assert.equal(first.joined.lightCurve.points[0]?.fluxNjy, njyFromAbMag(abMag(18)));
  assert.deepEqual(second?.joined.metadata, { gaiaBpRpMag: 0.5 });
  assert.equal(second.joined.spectrum, null);
  assert.deepEqual(
    faults.map(({ row, reason }) => [row, reason]),
    [
      [2, '"empty": it has no usable point, spectrum or metadata'],
      [3, '"a": it is there already'],
      [4, '"unit": its unit must be one of mag, flux, njy, ujy, mjy, jy: current value is "parsec"'],
      [4, '"unit": it has no usable point, spectrum or metadata'],
      [
        5,
        '"lengths": its lists mjd, value, err and band must have one length: current values are 1, 2, 1, 1',
      ],
      [5, '"lengths": it has no usable point, spectrum or metadata'],
      [6, '"far": 1 of 2 points have a time outside MJD 0 to 100000'],
      [7, 'it has no id'],
      [8, '"noLists": it has no usable point, spectrum or metadata'],
    ],
  );
});

test('openSurveyDataSet() gives the same objects each time it is asked', async (t) => {
  const dataSet = await opened(t, CURVES);
  assert.ok(dataSet !== null);
  const first = await contentsOf(dataSet);
  assert.deepEqual(await contentsOf(dataSet), first);
});

const LIST = '[4000.0, 4001.0, 4002.0]';

test('openSurveyDataSet() reads triples, with redshift and reddening', async (t) => {
  const { objects, faults } = await contents(
    t,
    `SELECT * FROM (VALUES
      ('sn1', 'Ia', 1.0, 2.0, 0.1, 0.02, 9.5, 'mag', [55000.0], [18.0], [NULL], ['R_C'], 55001.0, ${LIST}, [1.0, 2.0, 3.0]),
      ('sn2', 'II', 1.0, 2.0, NULL, NULL, NULL, 'mag', [55000.0], [NULL], [NULL], ['UVW1'], NULL, ${LIST}, [1.0, 2.0, 3.0]),
      ('sn3', 'II', 1.0, 2.0, 99.0, NULL, NULL, 'mag', NULL, NULL, NULL, NULL, NULL, [4000.0], [1.0]),
      ('sn4', 'II', 1.0, 2.0, 0.2, NULL, NULL, 'mag', NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ) AS t(name, cls, ra, dec, z, mwebv, host_logmass, unit, mjd, value, err, band, spec_mjd, wave, flux)`,
  );
  assert.deepEqual(
    objects.map(({ objectId, joined }) => [
      objectId,
      joined.lightCurve.points.map(({ band }) => band).join(''),
      joined.spectrum?.flux.length ?? 0,
      joined.metadata,
    ]),
    [
      ['sn1', 'r', 3, { hostRedshift: 0.1, milkyWayEbvMag: 0.02 }],
      ['sn2', '', 3, {}],
      ['sn4', '', 0, { hostRedshift: 0.2 }],
    ],
  );
  assert.deepEqual(
    faults.map(({ row }) => row),
    [1, 2, 2],
  );
});

test('openSurveyDataSet() reads spectra: subclass first, bad samples dropped, sorted, any wavelengths', async (t) => {
  const { objects, faults } = await contents(
    t,
    `SELECT * FROM (VALUES
      ('s1', 'STAR', 'G5', 0.001, [4002.0, 4000.0, 4001.0, 4003.0, 4000.0], [3.0, 1.0, 2.0, 4.0, 1.0], [0.25, 1.0, 1.0, 0.0, 1.0]),
      ('s2', 'STAR', '', 0.0, [100000.0, 200000.0], [3.0, 1.0], NULL),
      ('s3', 'STAR', 'G5', 0.0, [4000.0, 4001.0, 4002.0], [3.0, 'nan'::DOUBLE, 'inf'::DOUBLE], NULL),
      ('s4', 'STAR', 'G5', 0.0, [4000.0, 4001.0, 4002.0], [3.0, 1.0], NULL)
    ) AS t(id, cls, subclass, z, wave, flux, ivar)`,
  );
  assert.deepEqual(
    objects.map(({ objectId, className, joined }) => [objectId, className, joined.metadata]),
    [
      ['s1', 'G5', {}],
      ['s2', 'STAR', {}],
    ],
  );
  const spectrum = objects[0]?.joined.spectrum;
  assert.deepEqual(Array.from(spectrum?.wavelengthAngstrom ?? []), [4000, 4001, 4002]);
  assert.deepEqual(Array.from(spectrum?.flux ?? []), [1, 2, 3]);
  assert.equal(spectrum?.fluxErr?.[2], 2);
  assert.equal(objects[1]?.joined.spectrum?.fluxErr, null);
  assert.match(faults[0]?.reason ?? '', /"s3" as a spectrum needs 2 usable samples: current value is 1 of 3/);
  assert.match(faults[2]?.reason ?? '', /"s4": the lists of its spectrum must have one length/);
});

const NEEDED = ['id', 'unit', 'mjd', 'value', 'err', 'band'] as const;

test('openSurveyDataSet() names the file and the column that is missing or of another type', async (t) => {
  for (const name of NEEDED) {
    await assert.rejects(
      opened(t, `SELECT * EXCLUDE (${name}) FROM (${CURVES})`),
      hasCode('DATA_SET_INVALID', 'table.parquet', `column "${name}"`),
      name,
    );
  }
  for (const name of ['mjd', 'value', 'err', 'band', 'ra']) {
    await assert.rejects(
      opened(t, `SELECT * REPLACE ('text' AS ${name}) FROM (${CURVES})`),
      hasCode(
        'DATA_SET_INVALID',
        'table.parquet',
        `its column "${name}" must hold`,
        'current value is texts',
      ),
      name,
    );
  }
  await assert.rejects(opened(t, `SELECT 'a' AS id, ${LIST} AS wave`), (error) =>
    hasCode('DATA_SET_INVALID', 'neither mjd and value, nor wave and flux')(error),
  );
});

test('openSurveyDataSet() does without the columns that are optional', async (t) => {
  const { objects } = await contents(
    t,
    `SELECT * EXCLUDE (survey, cls, ra, dec, split, extra) FROM (${CURVES})`,
  );
  assert.deepEqual(
    objects.map(({ className, split }) => [className, split]),
    objects.map(() => [null, null]),
  );
});

test('openSurveyDataSet() reads a folder of tables, and goes on behind one that is cut short', async (t) => {
  const folder = await temporaryFolder(t);
  await writeParquet(path.join(folder, 'b.parquet'), CURVES);
  await writeParquet(path.join(folder, 'c.parquet'), `SELECT * REPLACE ('c-' || id AS id) FROM (${CURVES})`);
  await writeFile(path.join(folder, 'a.parquet'), 'PAR1 and no more');
  const dataSet = await openSurveyDataSet(folder);
  assert.ok(dataSet !== null);
  const { objects, faults } = await contentsOf(dataSet);
  assert.equal(objects.length, 6);
  assert.equal(faults[0]?.file, path.join(folder, 'a.parquet'));
  assert.equal(faults[0].row, null);
  await assert.rejects(
    openSurveyDataSet(path.join(folder, 'a.parquet')),
    hasCode('INPUT_UNREADABLE', 'a.parquet'),
  );
});

test('openSurveyDataSet() reads every object of the real tables', async (t) => {
  for (const [parts, count, classes] of [
    [['lightcurves', 'labelled.parquet'], 9615, { EA: 1009, EW: 998, RRc: 994, RRLyr: 483 }],
    [['triples', 'supernovae.parquet'], 567, { Ia: 364, II: 55, IIn: 31 }],
    [['spectra', 'stellar.parquet'], 744, { A7: 55, F5: 46 }],
  ] as const) {
    const file = realData(t, 'data', ...parts);
    if (file === null) return;
    const dataSet = await openSurveyDataSet(file);
    assert.ok(dataSet !== null);
    let objects = 0;
    const byClass = new Map<string | null, number>();
    for await (const { className, joined } of dataSet.objects(() => undefined)) {
      objects++;
      byClass.set(className, (byClass.get(className) ?? 0) + 1);
      assert.ok(joined.lightCurve.points.length > 0 || joined.spectrum !== null);
    }
    await dataSet.close();
    assert.equal(objects, count);
    for (const [name, members] of Object.entries(classes)) assert.equal(byClass.get(name), members, name);
  }
});
