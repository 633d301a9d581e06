import assert from 'node:assert/strict';
import { test } from 'node:test';
import { splitOf } from '../../../core/index.ts';
import type { DataFault, DataSet, DataSetObject } from '../../../core/index.ts';
import { trainingSchema } from '../../../model/index.ts';
import type { TrainingConfig } from '../../../model/index.ts';
import { ChosenObjects } from '../../../pipeline/training-data/chosen-objects.ts';
import { lightCurve, point } from '../../helpers/joined-object.ts';
import { memoryDataSet } from '../../helpers/memory-data-set.ts';

function someObject(objectId: string, overrides: Partial<DataSetObject> = {}): DataSetObject {
  const joined = { lightCurve: lightCurve([point(60_000, 5)]), metadata: {}, spectrum: null };
  return { objectId, className: null, split: null, catalogue: null, joined, ...overrides };
}

/** Objects `x0`, `x1`, … of one class. */
function ofClass(className: string, count: number): DataSetObject[] {
  return Array.from({ length: count }, (_, i) => someObject(`${className}${i}`, { className }));
}

async function chosen(
  dataSets: readonly DataSet[],
  data: Readonly<Record<string, unknown>> = {},
): Promise<{ readonly objects: readonly DataSetObject[]; readonly faults: readonly DataFault[] }> {
  const config: TrainingConfig = trainingSchema.parse({ data: { testRatio: 0, ...data } });
  const faults: DataFault[] = [];
  const all = await ChosenObjects.of(dataSets, config.data, () => undefined);
  const objects: DataSetObject[] = [];
  for await (const object of all.objects((fault) => faults.push(fault))) objects.push(object);
  const again: DataSetObject[] = [];
  for await (const object of all.objects(() => undefined)) again.push(object);
  assert.deepEqual(again, objects, 'the same each time');
  return { objects, faults };
}

const idsOf = (objects: readonly DataSetObject[]): readonly string[] =>
  objects.map(({ objectId }) => objectId);

/** How many objects of each class have a label. */
function labels(objects: readonly DataSetObject[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { className } of objects)
    if (className !== null) counts[className] = (counts[className] ?? 0) + 1;
  return counts;
}

test('ChosenObjects keeps objects of one survey, or of all', async () => {
  const { joined } = someObject('any');
  const other = { ...joined, lightCurve: { ...joined.lightCurve, survey: 'lsst' } };
  const dataSets = [memoryDataSet('one', [someObject('a'), someObject('b', { joined: other })])];
  assert.deepEqual(idsOf((await chosen(dataSets)).objects), ['a', 'b']);
  assert.deepEqual(idsOf((await chosen(dataSets, { survey: 'lsst' })).objects), ['b']);
});

test('ChosenObjects draws test objects by their id, and leaves them out', async () => {
  const objects = ofClass('x', 60);
  const given = { testRatio: 0.3, splitSeed: 'draw' };
  const kept = idsOf((await chosen([memoryDataSet('one', objects)], given)).objects);
  const expected = idsOf(objects).filter((id) => splitOf(id, { seed: 'draw', testRatio: 0.3 }) !== 'test');
  assert.deepEqual(kept, expected);
  assert.ok(kept.length > 30 && kept.length < 55, `${kept.length}`);
  const reversed = [memoryDataSet('two', objects.toReversed())];
  assert.deepEqual(idsOf((await chosen(reversed, given)).objects).toReversed(), expected);
});

test('ChosenObjects lets the split of a data set win over the drawn one', async () => {
  const objects = ofClass('x', 40).map((object, i) => ({
    ...object,
    split: (['training', 'validation', 'test'] as const)[i % 3] ?? null,
  }));
  const { objects: kept } = await chosen([memoryDataSet('one', objects)], { testRatio: 0.9 });
  assert.deepEqual(idsOf(kept), idsOf(objects.filter(({ split }) => split !== 'test')));
  assert.deepEqual([kept[0]?.split, kept[1]?.split], ['training', 'validation']);
});

test('ChosenObjects keeps the labels of a share of each class, one at least, and all objects', async () => {
  const dataSets = [memoryDataSet('one', [...ofClass('many', 20), ...ofClass('few', 3), someObject('none')])];
  const { objects } = await chosen(dataSets, { labelRatio: 0.1 });
  assert.equal(objects.length, 24);
  assert.deepEqual(labels(objects), { many: 2, few: 1 });
  const more = await chosen(dataSets, { labelRatio: 0.5 });
  assert.deepEqual(labels(more.objects), { many: 10, few: 2 });
  const labelled = (some: typeof objects) => idsOf(some.filter(({ className }) => className !== null));
  const among = labelled(more.objects);
  assert.ok(
    labelled(objects).every((id) => among.includes(id)),
    'those of 10 % are among those of 50 %',
  );
});

test('ChosenObjects takes the labels of small classes away, and those beyond the most that a class keeps', async () => {
  const dataSets = [memoryDataSet('one', [...ofClass('many', 20), ...ofClass('few', 3)])];
  const frequent = await chosen(dataSets, { classObjectsMin: 4 });
  assert.equal(frequent.objects.length, 23);
  assert.deepEqual(labels(frequent.objects), { many: 20 });
  assert.deepEqual(labels((await chosen(dataSets, { classObjectsMin: 3 })).objects), { many: 20, few: 3 });
  assert.deepEqual(labels((await chosen(dataSets, { classObjectsMax: 5 })).objects), { many: 5, few: 3 });
});

test('ChosenObjects counts only objects that are trained on where classes must have so many', async () => {
  const held = ofClass('held', 4).map((object) => ({ ...object, split: 'test' as const }));
  const dataSets = [
    memoryDataSet('one', [...held, someObject('own', { className: 'held' }), ...ofClass('x', 3)]),
  ];
  assert.deepEqual(labels((await chosen(dataSets, { classObjectsMin: 2 })).objects), { x: 3 });
});

test('ChosenObjects takes an id that is in two data sets once, and tells of the second', async () => {
  const fault = { file: 'bad', row: 3, reason: 'no id' };
  const dataSets = [
    memoryDataSet('one', [someObject('a', { className: 'first' }), someObject('b')]),
    memoryDataSet('two', [someObject('a', { className: 'second' }), someObject('c')], [fault]),
  ];
  const { objects, faults } = await chosen(dataSets);
  assert.deepEqual(idsOf(objects), ['a', 'b', 'c']);
  assert.equal(objects[0]?.className, 'first');
  assert.deepEqual(faults, [fault, { file: 'two', row: null, reason: '"a" is in another data set too' }]);
});
