import assert from 'node:assert/strict';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { DataFault, DataSet } from '../../../core/index.ts';
import { readObjectIndex, readSafetensors, trainingSchema } from '../../../model/index.ts';
import type { TrainingConfig } from '../../../model/index.ts';
import { prepareTrainingData } from '../../../pipeline/index.ts';
import type { TrainingData } from '../../../pipeline/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { memoryDataSet } from '../../helpers/memory-data-set.ts';
import { paperObject, paperObjects } from '../../helpers/paper-objects.ts';
import { numbersOf } from '../../helpers/run-graph.ts';
import { SMALL_ALERTS_TRAINING } from '../../helpers/small-alerts-training.ts';
import { SMALL_TRAINING } from '../../helpers/small-training.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const PROFILES = { paper: SMALL_TRAINING, alerts: SMALL_ALERTS_TRAINING } as const;

interface Given {
  readonly profile?: keyof typeof PROFILES;
  readonly overrides?: Readonly<Record<string, unknown>>;
  readonly dataSets?: readonly DataSet[];
  readonly signal?: AbortSignal;
}

async function prepared(
  outFolder: string,
  { profile = 'paper', overrides = {}, dataSets, signal = new AbortController().signal }: Given = {},
): Promise<TrainingData & { readonly faults: readonly DataFault[]; readonly told: readonly number[] }> {
  const config: TrainingConfig = trainingSchema.parse({
    ...{ ...PROFILES[profile], data: { testRatio: 0 }, objective: { clip: {}, classes: {} } },
    ...overrides,
  });
  const faults: DataFault[] = [];
  const told: number[] = [];
  const data = await prepareTrainingData({
    ...{ config, outFolder, workers: 1, signal },
    dataSets: dataSets ?? [memoryDataSet('some', paperObjects(12))],
    onFault: (fault) => faults.push(fault),
    onProgress: (objects) => told.push(objects),
  });
  return { ...data, faults, told };
}

/** A data set that is not to be read. */
const UNTOUCHED: DataSet = {
  source: 'some',
  objects: () => {
    throw new Error('the data set is read again');
  },
  close: () => Promise.resolve(),
};

for (const profile of ['paper', 'alerts'] as const) {
  test(`prepareTrainingData() prepares objects for the ${profile} profile once`, async (context) => {
    const out = path.join(await temporaryFolder(context), 'run');
    const first = await prepared(out, { profile });
    const index = await readObjectIndex(first.dataFile);
    assert.deepEqual(
      index.map(({ objectId }) => objectId),
      paperObjects(12).map(({ objectId }) => objectId),
    );
    const labels = (await readSafetensors(first.dataFile)).get('in.label');
    assert.deepEqual(
      Array.from(numbersOf(labels)),
      index.map((_, i) => i % 2),
    );
    assert.equal(first.config.objective.classes?.count, 2);
    assert.equal(first.rows, undefined);
    assert.equal(first.told.at(-1), 12);
    assert.deepEqual(
      (await readdir(path.dirname(first.dataFile))).filter((name) => name.endsWith('.partial')),
      [],
    );

    const second = await prepared(out, { profile, dataSets: [UNTOUCHED] });
    assert.equal(second.dataFile, first.dataFile);
    assert.deepEqual(second.config, first.config);
    assert.deepEqual(second.subject.modalities, first.subject.modalities);
  });
}

test('prepareTrainingData() draws light curves again where it is asked to, beside the objects', async (context) => {
  const out = await temporaryFolder(context);
  const overrides = { data: { testRatio: 0, resampled: { curves: 2 } } };
  const { dataFile, resampledFile } = await prepared(out, { profile: 'alerts', overrides });
  assert.notEqual(resampledFile, null);
  const [own, drawn] = [await readSafetensors(dataFile), await readSafetensors(resampledFile ?? '')];
  assert.equal(drawn.get('raw.globals')?.shape[0], 2 * (own.get('raw.globals')?.shape[0] ?? 0));
  assert.equal(drawn.has('in.spectra'), false);
  const index = await readObjectIndex(resampledFile ?? '');
  assert.deepEqual(
    index.filter((_, row) => row % 2 === 1).map(({ objectId }) => objectId),
    paperObjects(12).map(({ objectId }) => objectId),
  );
  assert.equal((await prepared(out, { profile: 'alerts', dataSets: [UNTOUCHED] })).resampledFile, null);
  const more = { data: { testRatio: 0, resampled: { curves: 3 } } };
  const again = await prepared(out, { profile: 'alerts', overrides: more });
  assert.equal((await readObjectIndex(again.resampledFile ?? '')).length, 36, 'another number is drawn anew');
});

test('prepareTrainingData() tells data apart by content: another file, other settings, but not another place', async (context) => {
  const folder = await temporaryFolder(context);
  const [out, table, moved] = ['out', 'table.csv', 'moved.csv'].map((name) => path.join(folder, name));
  assert.ok(out !== undefined && table !== undefined && moved !== undefined);
  const of = async (source: string, count: number, data: object = {}): Promise<string> => {
    const dataSets = [memoryDataSet(source, paperObjects(count))];
    return (await prepared(out, { dataSets, overrides: { data: { testRatio: 0, ...data } } })).dataFile;
  };
  await writeFile(table, 'a');
  const first = await of(table, 12);
  await writeFile(moved, 'a');
  assert.equal(await of(moved, 12), first);
  await writeFile(table, 'b');
  const second = await of(table, 10);
  assert.notEqual(second, first);
  assert.equal((await readObjectIndex(second)).length, 10);
  assert.notEqual(await of(moved, 12, { splitSeed: 'other' }), first);
  const broken = path.join(folder, 'broken');
  await mkdir(broken);
  await symlink(path.join(folder, 'nowhere'), path.join(broken, 'link.csv'));
  assert.equal((await readObjectIndex(await of(broken, 8))).length, 8);
});

test('prepareTrainingData() prepares again what an earlier call did not finish', async (context) => {
  const out = await temporaryFolder(context);
  const controller = new AbortController();
  const objects = paperObjects(12);
  const stopping: DataSet = {
    ...memoryDataSet('stopping', objects),
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream, though its objects are there
    async *objects() {
      for (const [i, object] of objects.entries()) {
        if (i === 5) controller.abort(new Error('stopped'));
        yield object;
      }
    },
  };
  const { signal } = controller;
  await assert.rejects(prepared(out, { dataSets: [stopping], signal }), /stopped/);
  assert.deepEqual(await readdir(path.join(out, 'data')), []);
  assert.equal((await readObjectIndex((await prepared(out)).dataFile)).length, 12);
});

test('prepareTrainingData() divides objects as their data set does, where some are for validation', async (context) => {
  const split = (i: number) => (['training', 'validation', 'test', null] as const)[i % 4] ?? null;
  const objects = paperObjects(12).map((object, i) => ({ ...object, split: split(i) }));
  const dataSets = [memoryDataSet('some', objects)];
  const { rows } = await prepared(await temporaryFolder(context), { dataSets });
  // Rows of the file, which has no test objects.
  assert.deepEqual(rows, { training: [0, 2, 3, 5, 6, 8], validation: [1, 4, 7] });
  const overrides = { validationRatio: 0 };
  const none = await prepared(await temporaryFolder(context), { dataSets, overrides });
  assert.equal(none.rows, undefined);
});

/** A message of one line. */
function inOneLine(...given: Parameters<typeof hasCode>): (error: unknown) => boolean {
  return (error) => hasCode(...given)(error) && error instanceof Error && !error.message.includes('\n');
}

test('prepareTrainingData() says in a line that there are too few classes, or not as many as are asked for', async (context) => {
  const fail = async (dataSets: readonly DataSet[] | undefined, count: number | null, words: string) => {
    const overrides = { objective: { clip: {}, classes: { count } } };
    const given = { overrides, ...(dataSets === undefined ? {} : { dataSets }) };
    const expected = inOneLine('CONFIG_INVALID', words);
    await assert.rejects(prepared(await temporaryFolder(context), given), expected);
  };
  const one = [memoryDataSet('one', [paperObject('a', { className: 'EW' }), paperObject('b')])];
  await fail(one, null, 'two at least are needed: current value is 1');
  await fail([memoryDataSet('none', [paperObject('a')])], null, 'current value is 0');
  await fail(undefined, 3, 'objective.classes.count is 3: current value is 2');
});

test('prepareTrainingData() says in a line that no object is left, and leaves nothing that a later call would take', async (context) => {
  for (const profile of ['paper', 'alerts'] as const) {
    const out = await temporaryFolder(context);
    const expected = inOneLine('DATA_SET_INVALID', '"some"', '"other"', 'current value is 0');
    const dataSets = [memoryDataSet('some', paperObjects(12)), memoryDataSet('other', [])];
    const overrides = { data: { survey: 'lsst' } };
    await assert.rejects(prepared(out, { profile, overrides, dataSets }), expected, profile);
    await assert.rejects(prepared(out, { profile, overrides, dataSets }), expected, `${profile} again`);
    assert.deepEqual(await readdir(path.join(out, 'data')), []);
  }
});

test('prepareTrainingData() says that the folder of a run cannot be made', async (context) => {
  const file = path.join(await temporaryFolder(context), 'file');
  await writeFile(file, '');
  await assert.rejects(prepared(file), hasCode('OUTPUT_UNUSABLE', file));
});

test('prepareTrainingData() hands on what data sets leave out', async (context: TestContext) => {
  const fault = { file: 'some', row: 3, reason: 'no id' };
  const dataSets = [memoryDataSet('some', paperObjects(12), [fault])];
  const { faults } = await prepared(await temporaryFolder(context), { dataSets });
  assert.deepEqual(faults[0], fault);
});
