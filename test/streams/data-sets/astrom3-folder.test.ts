import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ASTROM3_COLUMNS } from '../../../streams/data-sets/astrom3-catalogue.ts';
import { openSurveyDataSet } from '../../../streams/data-sets/open-survey-data-set.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { fitsImage } from '../../helpers/fits-bytes.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { realData } from '../../helpers/real-data.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const SAMPLES = Array.from({ length: 12 }, (_, i) => i + 1);
const SPECTRUM = fitsImage([SAMPLES, SAMPLES, SAMPLES.map((i) => 5000 + i)], { TELESCOP: 'LAMOST' });
const HEADER = [...ASTROM3_COLUMNS, 'id', 'target', 'name', 'spec_filename'].join(',');
const NUMBERS = ASTROM3_COLUMNS.map((_, i) => (i === 0 ? '' : `${i}.5`)).join(',');

async function folderWith(t: TestContext, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  return folder;
}

async function contents(
  t: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): ReturnType<typeof contentsOf> {
  const dataSet = await openSurveyDataSet(await folderWith(t, files));
  assert.ok(dataSet !== null);
  return contentsOf(dataSet);
}

const FILES = {
  'metadata.csv': [
    HEADER,
    `${NUMBERS},EDR3 1,EW,ASASSN-V J1,spec-1.fits.gz`,
    `${NUMBERS},EDR3 2,,ASASSN-V J2,spec-2.fits.gz`,
    `${NUMBERS},EDR3 3,EA,ASASSN-V J3,spec-3.fits.gz`,
  ].join('\n'),
  'photometry/ASASSN-VJ1.dat': 'HJD MAG MAG_ERR FLUX FLUX_ERR\n2457000.5 13.1 0.02 20.5 0.4\n',
  'photometry/EDR32.csv': 'HJD,flux,flux_err\n2457000.5,20.5,0.4\n',
  'spectra/4/spec-1.fits.gz': gzipSync(SPECTRUM),
  'spectra/4/spec-2.fits.gz': gzipSync(SPECTRUM.subarray(0, 2900)),
};

test('openSurveyDataSet() joins the files of an AstroM³ folder by name, with blanks and without', async (t) => {
  const { objects, faults } = await contents(t, FILES);
  assert.deepEqual(
    objects.map(({ objectId, className, split, joined }) => [
      objectId,
      className,
      split,
      joined.lightCurve.points[0]?.fluxNjy,
      joined.spectrum?.flux.length,
    ]),
    [
      ['ASASSN-V J1', 'EW', null, 20.5e6, 12],
      ['ASASSN-V J2', null, null, 20.5e6, undefined],
      ['ASASSN-V J3', 'EA', null, undefined, undefined],
    ],
  );
  assert.equal(objects[0]?.catalogue?.['mean_vmag'], null);
  assert.equal(objects[0].catalogue['rfr_score'], 37.5);
  assert.equal(objects[0].joined.metadata.gaiaGMag, 1.5);
  assert.deepEqual(
    faults.map(({ row, reason }) => [row, reason.replace(/"[^"]*spec-2/, '"spec-2')]),
    [
      [1, faults[0]?.reason.replace(/"[^"]*spec-2/, '"spec-2')],
      [2, '"ASASSN-V J3": there is no file of its photometry'],
      [2, '"ASASSN-V J3": there is no file of its spectrum'],
    ],
  );
  assert.match(faults[0]?.reason ?? '', /"ASASSN-V J2": Cannot read ".*spec-2\.fits\.gz"/);
});

test('openSurveyDataSet() takes the split of an AstroM³ folder from its tables', async (t) => {
  const { 'metadata.csv': table, ...files } = FILES;
  const [header = '', first = '', second = ''] = table.split('\n');
  const { objects } = await contents(t, {
    ...files,
    'splits/full_42/train.csv': `${header}\n${first}\n`,
    'splits/full_42/test.csv': `${header}\n${second}\n`,
    'splits/sub10_42/train.csv': `${header}\n${first}\n`,
  });
  assert.deepEqual(
    objects.map(({ objectId, split }) => [objectId, split]),
    [
      ['ASASSN-V J2', 'test'],
      ['ASASSN-V J1', 'training'],
    ],
  );
});

test('openSurveyDataSet() names the column that the table of an AstroM³ folder lacks', async (t) => {
  for (const name of ['target', 'ruwe']) {
    const table = FILES['metadata.csv'].replace(name, 'other');
    const folder = await folderWith(t, { ...FILES, 'metadata.csv': table });
    await assert.rejects(openSurveyDataSet(folder), hasCode('DATA_SET_INVALID', 'metadata.csv', `"${name}"`));
  }
});

test('openSurveyDataSet() takes the genuine rows of the AstroM³ catalogue', async (t) => {
  const rows = realData(t, 'data', 'catalogs', 'astrom3_rows', 'astrom3_metadata_sample.csv');
  if (rows === null) return;
  const files = Object.entries(FILES).filter(([name]) => name !== 'metadata.csv');
  const folder = await folderWith(t, Object.fromEntries(files));
  await symlink(rows, path.join(folder, 'rows.csv'));
  const dataSet = await openSurveyDataSet(folder);
  assert.ok(dataSet !== null);
  const { objects } = await contentsOf(dataSet);
  assert.equal(objects.length, 14);
  assert.equal(objects[0]?.objectId, 'ASASSN-VJ075844.56+152125.3');
  assert.equal(objects[0].className, 'EB');
  assert.equal(objects[0].catalogue?.['period'], 0.7446061);
  assert.equal(objects[0].joined.metadata.gaiaBpRpMag, 0.295201);
});
