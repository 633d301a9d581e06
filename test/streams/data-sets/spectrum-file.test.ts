import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openSurveyDataSet } from '../../../streams/data-sets/open-survey-data-set.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { fitsImage, fitsPrimary, fitsTable } from '../../helpers/fits-bytes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const SAMPLES = Array.from({ length: 12 }, (_, i) => i + 1);

function lamost(cards: Readonly<Record<string, string>>): Buffer {
  return fitsImage([SAMPLES, SAMPLES, SAMPLES.map((i) => 5000 + i)], {
    TELESCOP: 'LAMOST',
    RA: 10.5,
    DEC: -3,
    ...cards,
  });
}

const SDSS = Buffer.concat([
  fitsPrimary({ TELESCOP: 'SDSS 2.5-M', PLUG_RA: 20, PLUG_DEC: 30 }),
  fitsTable([
    { name: 'flux', form: 'E', cells: SAMPLES },
    { name: 'loglam', form: 'E', cells: SAMPLES.map((i) => 3.6 + i / 1000) },
    { name: 'ivar', form: 'E', cells: SAMPLES },
  ]),
  fitsTable([
    { name: 'CLASS', form: '6A', cells: ['QSO'] },
    { name: 'SUBCLASS', form: '21A', cells: ['BROADLINE'] },
    { name: 'Z', form: 'E', cells: [2.1] },
  ]),
]);

test('openSurveyDataSet() reads FITS spectra with the class of header or table, and goes on behind one cut short', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'b'));
  for (const [name, bytes] of [
    ['a.fits', lamost({ CLASS: 'STAR', SUBCLASS: 'G5' })],
    ['b/a.fits.gz', gzipSync(lamost({ CLASS: 'GALAXY', SUBCLASS: 'Non' }))],
    ['c.fits', lamost({})],
    ['d.fits', lamost({ CLASS: 'STAR' }).subarray(0, 2900)],
    ['e.fit', SDSS],
    ['f.fits.gz', gzipSync(SDSS).subarray(0, 300)],
  ] as const) {
    await writeFile(path.join(folder, name), bytes);
  }
  const dataSet = await openSurveyDataSet(folder);
  assert.ok(dataSet !== null);
  const { objects, faults } = await contentsOf(dataSet);
  assert.deepEqual(
    objects.map(({ objectId, className, joined }) => [
      objectId,
      className,
      joined.lightCurve.raDeg,
      joined.spectrum?.flux.length,
    ]),
    [
      ['a', 'G5', 10.5, 12],
      ['b/a', 'GALAXY', 10.5, 12],
      ['c', null, 10.5, 12],
      ['e', 'QSO', 20, 12],
    ],
  );
  assert.deepEqual(
    faults.map(({ file, row }) => [path.relative(folder, file), row]),
    [
      ['d.fits', null],
      ['f.fits.gz', null],
    ],
  );
});

test('openSurveyDataSet() names the object of a single file by the file', async (t) => {
  const file = path.join(await temporaryFolder(t), 'spec-1.fits.gz');
  await writeFile(file, gzipSync(lamost({ SUBCLASS: 'A7' })));
  const dataSet = await openSurveyDataSet(file);
  assert.ok(dataSet !== null);
  const { objects } = await contentsOf(dataSet);
  assert.deepEqual(
    objects.map(({ objectId, className }) => [objectId, className]),
    [['spec-1', 'A7']],
  );
});
