import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import { writeNightFiles } from '../../../simulator/index.ts';
import type { NightFiles, NightFilesOptions } from '../../../simulator/index.ts';
import { ConfluentReader, csvRows, membersOf } from '../../helpers/avro-records.ts';

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nightjar-simulate-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function write(file: string, options: Partial<NightFilesOptions> = {}): Promise<NightFiles> {
  const signal = new AbortController().signal;
  return writeNightFiles({ survey: 'ztf', seed: 5, alerts: 60, file, signal, ...options });
}

test('writeNightFiles() packs the alerts asked for, with one truth row per object that alerted', async (context) => {
  const folder = await temporaryFolder(context);
  const files = await write(path.join(folder, 'night.tar.gz'));
  const names: string[] = [];
  for await (const { name } of membersOf(files.archive)) names.push(name);
  assert.equal(names.length, 60);
  assert.ok(names.every((name) => /^\d{19}\.avro$/.test(name)));
  const truth = csvRows(files.truth);
  assert.equal(truth.length, files.objects);
  assert.equal(new Set(truth.map((row) => row['objectId'])).size, truth.length);
  assert.equal(
    [...files.alertsByClass.values()].reduce((a, b) => a + b, 0),
    60,
  );
  assert.ok(truth.every((row) => files.alertsByClass.has(row['class'] as 'AGN')));
  const catalogue = csvRows(files.catalogue);
  assert.ok(catalogue.length > 0 && catalogue.length < truth.length);
  const spectra = await readdir(files.spectra);
  assert.equal(spectra.length, files.spectraCount);
  for (const name of spectra) {
    const text = await readFile(path.join(files.spectra, name), 'utf8');
    assert.match(
      text,
      new RegExp(`^# object: ${path.basename(name, '.txt')}\n# ra: [\\d.]+\n# dec: -?[\\d.]+\n`),
    );
  }
  assert.deepEqual((await readdir(folder)).sort(), [
    'night.catalogue.csv',
    'night.spectra',
    'night.tar.gz',
    'night.truth.csv',
  ]);
});

test('writeNightFiles() gives the same bytes again, and replaces what was there', async (context) => {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'night.tar.gz');
  const bytes = async (): Promise<readonly Buffer[]> => {
    const files = await write(file, { alerts: 25 });
    return [await readFile(files.archive), await readFile(files.truth), await readFile(files.catalogue)];
  };
  const first = await bytes();
  assert.deepEqual(await bytes(), first);
  assert.equal(first[0]?.[9], 0xff);
});

test('writeNightFiles() puts the writer schema beside LSST packets, where a reader finds it', async (context) => {
  const folder = await temporaryFolder(context);
  const files = await write(path.join(folder, 'night.tgz'), { survey: 'lsst', alerts: 10 });
  assert.equal(files.schemas, path.join(folder, 'night.schemas'));
  const reader = new ConfluentReader(files.schemas);
  let packets = 0;
  for await (const { name, bytes } of membersOf(files.archive)) {
    assert.equal(`${reader.record(bytes).record['diaSourceId'] as bigint}.bin`, name);
    packets++;
  }
  assert.equal(packets, 10);
});

test('writeNightFiles() names an output that cannot be, and leaves nothing behind', async (context) => {
  const folder = await temporaryFolder(context);
  const belowFile = path.join(folder, 'file', 'night.tar.gz');
  await writeFile(path.join(folder, 'file'), '');
  await assert.rejects(write(belowFile), (error: unknown) => {
    assert.ok(error instanceof PipelineError && error.code === 'OUTPUT_UNUSABLE');
    return error.message.includes(belowFile);
  });
  const isFolder = path.join(folder, 'night.tar.gz');
  await mkdir(isFolder);
  await assert.rejects(write(isFolder), { code: 'OUTPUT_UNUSABLE' });
  assert.deepEqual(await readdir(folder), ['file', 'night.tar.gz']);
});

test('writeNightFiles() stopped midway leaves what was there and nothing half-written', async (context) => {
  const folder = await temporaryFolder(context);
  const file = path.join(folder, 'night.tar.gz');
  await write(file, { alerts: 5 });
  const { size } = await stat(file);
  const controller = new AbortController();
  const stopped = write(file, {
    alerts: 2000,
    signal: controller.signal,
    onProgress: ({ phase }) => {
      if (phase === 'writing') controller.abort(new Error('stopped'));
    },
  });
  await assert.rejects(stopped, { code: 'RUN_STOPPED' });
  assert.equal((await stat(file)).size, size);
  assert.ok((await readdir(folder)).every((name) => !name.includes('partial')));
});
