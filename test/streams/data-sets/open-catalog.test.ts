import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { mjdTaiFromMjdUtc } from '../../../core/index.ts';
import { openSurveyDataSet } from '../../../streams/data-sets/open-survey-data-set.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

function spectrum(time: string | undefined, flux: number): object {
  const data = Array.from({ length: 12 }, (_, i) => [String(4000 + i), String(flux + i)]);
  return { ...(time === undefined ? {} : { time }), data, u_wavelengths: 'Angstrom' };
}

const SN = {
  name: 'SN2011fe',
  claimedtype: [{ value: 'Ia', source: '1' }, { value: 'Ia Pec' }],
  ra: [{ value: '14:03:05.810' }],
  dec: [{ value: '-54:16:25.40' }],
  redshift: [{ value: '0.000804' }],
  ebv: [{ value: '0.0088' }],
  photometry: [
    { time: '55800', magnitude: '12', e_magnitude: '0.1', band: 'V' },
    {
      time: ['55810', '55812'],
      magnitude: '10',
      e_lower_magnitude: '0.1',
      e_upper_magnitude: '0.3',
      band: 'V',
    },
    { time: '55790', magnitude: '18', upperlimit: true, band: 'g' },
    { time: '55791', magnitude: '5', band: 'V', model: '1' },
    { time: '55792', fluxdensity: '5', band: '1.4GHz' },
    { time: '55793', magnitude: '15', band: 'UVW1' },
  ],
  spectra: [
    spectrum('55800', 100),
    spectrum('55812', 200),
    { time: '55811', data: [['4000', '1']] },
    spectrum(undefined, 300),
  ],
};

test('openSurveyDataSet() reads a folder of the Open Astronomy Catalogs', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'SN2011fe.json'), JSON.stringify({ SN2011fe: SN }));
  await writeFile(
    path.join(folder, 'bare.json'),
    JSON.stringify({ bare: { name: 'bare', photometry: [], spectra: [spectrum(undefined, 1)] } }),
  );
  await writeFile(path.join(folder, 'cut.json'), JSON.stringify({ SN2011fe: SN }).slice(0, 500));
  const dataSet = await openSurveyDataSet(folder);
  assert.ok(dataSet !== null);
  const { objects, faults } = await contentsOf(dataSet);
  assert.deepEqual(
    objects.map(({ objectId, className }) => [objectId, className]),
    [
      ['SN2011fe', 'Ia'],
      ['bare', null],
    ],
  );
  const { lightCurve, metadata, spectrum: taken } = objects[0]?.joined ?? assert.fail();
  assert.ok(Math.abs(lightCurve.raDeg - 210.774208) < 1e-6);
  assert.ok(Math.abs(lightCurve.decDeg + 54.273722) < 1e-6);
  assert.deepEqual(
    lightCurve.points.map(({ kind, mjdTai, band }) => [kind, mjdTai, band]),
    [
      ['upperLimit', mjdTaiFromMjdUtc(55_790), 'g'],
      ['detection', mjdTaiFromMjdUtc(55_800), 'v'],
      ['detection', mjdTaiFromMjdUtc(55_811), 'v'],
    ],
  );
  const [limit, , peak] = lightCurve.points;
  // A limit at 3σ of magnitude 18 is 228,000 nJy.
  assert.ok(Math.abs((limit?.fluxErrNjy ?? 0) / (10 ** (13.4 / 2.5) / 3) - 1) < 1e-12);
  assert.ok(Math.abs((peak?.fluxErrNjy ?? 0) / ((peak?.fluxNjy ?? 1) * 0.2 * Math.LN10 * 0.4) - 1) < 1e-12);
  assert.equal(taken?.flux[0], 200);
  assert.deepEqual(metadata, { hostRedshift: 0.000804, milkyWayEbvMag: 0.0088 });
  assert.equal(objects[1]?.joined.spectrum?.flux[0], 1);
  assert.deepEqual(
    faults.map(({ file, row, reason }) => [path.basename(file), row, reason]),
    [
      ['SN2011fe.json', 0, '"SN2011fe": 1 of 4 points have the band "UVW1", which is not known'],
      ['cut.json', null, 'it is no JSON of the Open Astronomy Catalogs'],
    ],
  );
});
