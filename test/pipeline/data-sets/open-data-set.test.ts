import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../../core/index.ts';
import type { DataSetObject } from '../../../core/index.ts';
import { openDataSet } from '../../../pipeline/index.ts';
import { CLASS_NAMES, ODDITY_CLASS_NAMES, writeNightFiles } from '../../../simulator/index.ts';
import type { NightFiles, SimulatedSurvey } from '../../../simulator/index.ts';
import { openLmdbStore } from '../../../streams/index.ts';
import { contentsOf } from '../../helpers/data-set-contents.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { writeParquet } from '../../helpers/write-parquet.ts';
import { alertOf } from '../../streams/windows/alerts.ts';

async function night(t: TestContext, survey: SimulatedSurvey): Promise<NightFiles> {
  return writeNightFiles({
    survey,
    alerts: 40,
    seed: 3,
    withCutouts: false,
    file: path.join(await temporaryFolder(t), 'night.tar.gz'),
    signal: new AbortController().signal,
  });
}

async function temporaryStores(): Promise<readonly string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('nightjar-data-set-'));
}

function summary(objects: readonly DataSetObject[]): readonly unknown[] {
  return objects.map(({ objectId, className, joined }) => [
    objectId,
    className,
    joined.lightCurve.points.length,
    Object.keys(joined.metadata).length,
    joined.spectrum?.flux.length,
  ]);
}

test('openDataSet() reads packets with what lies beside them, and leaves nothing behind', async (t) => {
  const known: readonly string[] = [...CLASS_NAMES, ...ODDITY_CLASS_NAMES];
  for (const survey of ['ztf', 'lsst'] as const) {
    const files = await night(t, survey);
    const before = await temporaryStores();
    const dataSet = await openDataSet(files.archive);
    const first: DataSetObject[] = [];
    for await (const object of dataSet.objects(() => undefined)) first.push(object);
    const { objects, faults } = await contentsOf(dataSet);
    assert.deepEqual(summary(objects), summary(first));
    assert.deepEqual(faults, []);
    assert.equal(objects.length, files.objects);
    assert.equal(objects.filter(({ joined }) => joined.spectrum !== null).length, files.spectraCount);
    for (const { objectId, className, joined } of objects) {
      assert.ok(objectId.startsWith(`${survey}/`));
      assert.ok(className !== null && known.includes(className), `${className}`);
      assert.ok(joined.lightCurve.points.length > 0);
    }
    const added = (await temporaryStores()).filter((name) => !before.includes(name));
    assert.deepEqual(added, []);
  }
});

test('openDataSet() of packets takes the labels it is given, and tells of what cannot be read', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(path.join(folder, 'damaged.avro'), 'Obj\x01 and no more');
  await writeFile(path.join(folder, 'mine.csv'), 'objectId,class,split\nZTF1,RRab,test\n');
  const dataSet = await openDataSet(folder, { labels: path.join(folder, 'mine.csv') });
  const { objects, faults } = await contentsOf(dataSet);
  assert.deepEqual(objects, []);
  assert.equal(faults.length, 1);
  assert.equal(faults[0]?.file, path.join(folder, 'damaged.avro'));
});

async function writeStore(folder: string): Promise<void> {
  const { window, join } = loadConfig(null);
  const store = await openLmdbStore({ mode: 'write', folder, window, join });
  await store.merge([
    alertOf({ objectId: 'ZTF1', mjd: 60_000, index: 0 }),
    alertOf({ objectId: 'ZTF2', mjd: 60_000, raDeg: 10, index: 1 }),
  ]);
  await store.close();
}

test('openDataSet() reads the output of a replay, or its store, with labels by either id', async (t) => {
  const out = await temporaryFolder(t);
  await writeStore(path.join(out, 'store'));
  await writeFile(path.join(out, 'manifest.json'), '{}');
  await writeFile(path.join(out, 'labels.csv'), 'objectId,class,split\nZTF1,RRab,train\nztf/ZTF2,EW,\n');
  for (const named of [out, path.join(out, 'store')]) {
    const { objects } = await contentsOf(await openDataSet(named));
    assert.deepEqual(
      objects.map(({ objectId, className, split }) => [objectId, className, split]),
      [
        ['ztf/ZTF1', 'RRab', 'training'],
        ['ztf/ZTF2', 'EW', null],
      ],
    );
  }
  const labels = path.join(out, 'other.csv');
  await writeFile(labels, 'objectId,class\nZTF1,Mira\n');
  const catalogue = path.join(out, 'catalogue.csv');
  await writeFile(catalogue, 'ra,dec,parallax\n10,20,5\n');
  const { objects } = await contentsOf(await openDataSet(out, { labels, catalogue }));
  assert.deepEqual(
    objects.map(({ className, joined }) => [className, joined.metadata]),
    [
      ['Mira', {}],
      [null, { parallaxMas: 5 }],
    ],
  );
});

test('openDataSet() reads tables of surveys', async (t) => {
  const file = path.join(await temporaryFolder(t), 'any.parquet');
  await writeParquet(file, "SELECT 'a' AS id, 'G5' AS cls, [1.0, 2.0] AS wave, [1.0, 2.0] AS flux");
  const { objects } = await contentsOf(await openDataSet(file));
  assert.equal(objects[0]?.className, 'G5');
});

test('openDataSet() says which kinds there are where a path is none of them', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(
    openDataSet(folder),
    hasCode('DATA_SET_INVALID', folder, 'Parquet', 'replay', 'packets'),
  );
  for (const [name, text] of [
    ['notes.txt', 'nothing'],
    ['other.json', '{"a": {"b": 1}}'],
    ['empty', ''],
  ] as const) {
    const file = path.join(folder, name);
    await writeFile(file, text);
    await assert.rejects(openDataSet(file), hasCode('DATA_SET_INVALID', name, 'none of these'), name);
  }
  await mkdir(path.join(folder, 'deeper'));
  await assert.rejects(openDataSet(folder), hasCode('DATA_SET_INVALID', 'none of these'));
  await assert.rejects(openDataSet(path.join(folder, 'gone')), hasCode('INPUT_NOT_FOUND', 'gone'));
});
