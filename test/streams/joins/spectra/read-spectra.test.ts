import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Config } from '../../../../core/index.ts';
import { loadConfig, PipelineError } from '../../../../core/index.ts';
import type { SpectrumRecord } from '../../../../streams/joins/spectra/read-spectra.ts';
import { readSpectra } from '../../../../streams/joins/spectra/read-spectra.ts';
import { fitsImage } from '../../../helpers/fits-bytes.ts';
import { realData } from '../../../helpers/real-data.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const JOIN = loadConfig(null).join;
const SAMPLES = Array.from({ length: 12 }, (_, i) => i + 1);
const TEXT = SAMPLES.map((i) => `${5000 + i} ${i}`).join('\n');

async function recordsIn(
  root: string,
  { join = JOIN, onNotice }: { join?: Config['join']; onNotice?: (notice: string) => void } = {},
): Promise<SpectrumRecord[]> {
  const records: SpectrumRecord[] = [];
  for await (const record of readSpectra(root, join, onNotice)) records.push(record);
  return records;
}

function reasonsOf(records: readonly SpectrumRecord[]): readonly string[] {
  return records.flatMap((record) => (record.ok ? [] : [record.rejection.reason]));
}

async function writeParquet(file: string, select: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`COPY (${select}) TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
  instance.closeSync();
}

test('readSpectra() reads all kinds below a folder in order of path, and numbers rows', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'b'));
  await writeFile(path.join(folder, 'b', 'X1_2020.txt'), TEXT);
  await writeFile(
    path.join(folder, 'c.fits.gz'),
    gzipSync(fitsImage([SAMPLES, SAMPLES, SAMPLES.map((i) => 5000 + i)])),
  );
  await writeFile(path.join(folder, 'README.md'), 'no spectrum');
  await symlink(path.join(folder, 'b', 'X1_2020.txt'), path.join(folder, 'd.dat'));
  await writeParquet(
    path.join(folder, 'a.parquet'),
    `SELECT * FROM (VALUES ('p', 10.5, -3, ${JSON.stringify(SAMPLES)}, ${JSON.stringify(SAMPLES)}, NULL),
       ('q', NULL, NULL, ${JSON.stringify(SAMPLES)}, ${JSON.stringify(SAMPLES)}, ${JSON.stringify(SAMPLES)}),
       ('r', 1, 2, NULL, NULL, NULL), ('s', 1, 2, [1, 2], [1, NULL], NULL)) AS t(name, ra, dec, wave_nm, flux, ivar)`,
  );
  const records = await recordsIn(folder);
  const found = records.map((record) => {
    const { source } = record;
    const spectrum = record.ok ? record.value : null;
    assert.ok(spectrum === null || spectrum.spectrumId === `${source.file}#${source.index}`);
    return [path.relative(folder, source.file), source.index, spectrum?.objectId, spectrum?.raDeg];
  });
  assert.deepEqual(found, [
    ['a.parquet', 0, 'p', 10.5],
    ['a.parquet', 1, 'q', null],
    ['a.parquet', 2, undefined, undefined],
    ['a.parquet', 3, undefined, undefined],
    ['b/X1_2020.txt', 0, 'X1', null],
    ['c.fits.gz', 0, null, null],
    ['d.dat', 0, 'd', null],
  ]);
  const [first, second] = records.map((record) => (record.ok ? record.value : null));
  assert.deepEqual(
    Array.from(first?.wavelengthAngstrom ?? []),
    SAMPLES.map((i) => 10 * i),
  );
  assert.equal(first?.fluxErr, null);
  assert.equal(second?.fluxErr?.[3], 0.5);
  assert.match(reasonsOf(records)[0] ?? '', /a\.parquet#2" as it must have a wavelength and a flux list/);
});

test('readSpectra() passes over other tables with one notice each, but not a named one', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'catalogue.csv'), 'ra,dec,z\n1,2,3\n');
  await writeParquet(
    path.join(folder, 'curves.parquet'),
    'SELECT 1 AS id, [1.5, 2] AS mjd, [3.0, 4] AS flux',
  );
  const notices: string[] = [];
  assert.deepEqual(await recordsIn(folder, { onNotice: (notice) => notices.push(notice) }), []);
  assert.deepEqual(
    notices.map(
      (notice) =>
        /as spectra need columns of wavelength and flux: current columns are (.*)$/.exec(notice)?.[1],
    ),
    ['ra, dec, z', 'id, mjd, flux'],
  );
  for (const name of ['catalogue.csv', 'curves.parquet']) {
    assert.equal(reasonsOf(await recordsIn(path.join(folder, name))).length, 1);
  }
});

test('readSpectra() leaves the errors beside a light curve to the light curve', async (t) => {
  const file = path.join(await temporaryFolder(t), 'triples.parquet');
  const list = JSON.stringify(SAMPLES);
  await writeParquet(
    file,
    `SELECT 'a' AS name, ${list} AS mjd, ${list} AS err, ${list} AS wave, ${list} AS flux`,
  );
  const [record] = await recordsIn(file);
  assert.equal(record?.ok && record.value.fluxErr, null);
});

test('readSpectra() makes one rejection of each bad file and goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const bomb = gzipSync(Buffer.alloc(2_000_000));
  await writeFile(path.join(folder, 'bomb.fits.gz'), bomb);
  await writeFile(path.join(folder, 'cut.fits.gz'), bomb.subarray(0, 100));
  await writeFile(path.join(folder, 'empty.parquet'), '');
  await writeFile(path.join(folder, 'false.parquet'), 'PAR1garbagePAR1');
  await writeFile(path.join(folder, 'large.txt'), '');
  await truncate(path.join(folder, 'large.txt'), 1_000_001);
  await symlink(path.join(folder, 'nowhere'), path.join(folder, 'link.dat'));
  await mkdir(path.join(folder, 'folder.txt'));
  await writeFile(path.join(folder, 'zz.txt'), TEXT);
  const records = await recordsIn(folder, { join: { ...JOIN, spectrumFileBytesMax: 1_000_000 } });
  assert.deepEqual(
    records.map(({ source, ok }) => [path.basename(source.file), ok]),
    [
      ['bomb.fits.gz', false],
      ['cut.fits.gz', false],
      ['empty.parquet', false],
      ['false.parquet', false],
      ['large.txt', false],
      ['link.dat', false],
      ['zz.txt', true],
    ],
  );
  const reasons = reasonsOf(records);
  assert.match(reasons[0] ?? '', /at most 1000000 bytes \(join\.spectrumFileBytesMax\)/);
  assert.match(reasons[4] ?? '', /current value is 1000001 bytes/);
  assert.ok(reasons.every((reason) => !reason.includes('\n')));
});

test('readSpectra() goes on after a Parquet file that is damaged in its middle', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'a.parquet');
  const values = Array.from({ length: 500 }, (_, i) => i * 1.37);
  await writeParquet(
    file,
    `SELECT range AS id, ${JSON.stringify(values)} AS wave, ${JSON.stringify(values)} AS flux FROM range(20)`,
  );
  const bytes = await readFile(file);
  bytes.fill(0xff, 4, Math.floor(bytes.length / 2));
  await writeFile(file, bytes);
  await writeFile(path.join(folder, 'b.txt'), TEXT);
  const records = await recordsIn(folder);
  assert.equal(records.at(-1)?.ok, true);
  assert.equal(reasonsOf(records).length, records.length - 1);
});

test('readSpectra() refuses a folder that is not there', async () => {
  await assert.rejects(
    recordsIn('no-such-folder'),
    (error) => error instanceof PipelineError && error.code === 'INPUT_NOT_FOUND',
  );
});

test('readSpectra() can be left early', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'a.txt'), TEXT);
  await writeFile(path.join(folder, 'b.txt'), TEXT);
  for await (const { ok } of readSpectra(folder, JOIN)) {
    assert.ok(ok);
    break;
  }
});

test('readSpectra() reads the spectra of real supernovae, each or with its reason', async (t) => {
  const file = realData(t, 'data', 'triples', 'supernovae.parquet');
  if (file === null) return;
  const records = await recordsIn(file);
  assert.equal(records.length, 567);
  assert.deepEqual(
    reasonsOf(records).map((reason) => reason.replace(/^.*parquet#/, '#')),
    ['#437" as a spectrum has at most 20000 samples (join.spectrumSamplesMax): current value is 36327'],
  );
});

test('readSpectra() reads every real stellar spectrum, with its errors', async (t) => {
  const file = realData(t, 'data', 'spectra', 'stellar.parquet');
  if (file === null) return;
  const spectra = (await recordsIn(file)).flatMap((record) => (record.ok ? [record.value] : []));
  assert.equal(spectra.length, 744);
  assert.equal(spectra.filter(({ fluxErr }) => fluxErr !== null).length, 613);
  assert.equal(new Set(spectra.map(({ spectrumId }) => spectrumId)).size, 744);
});
