import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { float32Tensor, int64Tensor, readSafetensors } from '../../../../model/index.ts';
import type { Tensor } from '../../../../model/index.ts';
import { TensorsSet } from '../../../../model/training/data/tensors-set.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { writeSmallData } from '../../../helpers/small-training.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const MODALITIES = [
  { name: 'photometry', inputs: { photometry: [12, 9], mask: [12] }, mask: 'mask' },
  { name: 'metadata', inputs: { metadata: [34] } },
];

async function openSet(
  context: TestContext,
  overrides: Readonly<Record<string, Tensor | null>> = {},
  classes: number | null = null,
): Promise<{ readonly set: TensorsSet; readonly file: string }> {
  const file = await writeSmallData(await temporaryFolder(context), overrides, 5);
  const set = await TensorsSet.open(file, { modalities: MODALITIES, classes });
  context.after(() => set.close());
  return { set, file };
}

const vector = (...values: number[]): Tensor => float32Tensor(Float32Array.from(values), [values.length]);

test('TensorsSet.read() gives rows in any order, with their presence', async (context) => {
  const { set, file } = await openSet(context);
  const all = (await readSafetensors(file)).get('in.metadata');
  assert.ok(all);
  const { metadata, label, 'present.metadata': present } = await set.read([3, 0, 3]);
  const row = (index: number): number[] => numbersOf(all).slice(34 * index, 34 * (index + 1));
  assert.deepEqual(numbersOf(metadata), [...row(3), ...row(0), ...row(3)]);
  assert.deepEqual([metadata?.shape, present?.shape], [[3, 34], [3]]);
  assert.deepEqual(
    [numbersOf(present), numbersOf(label)],
    [
      [1, 1, 1],
      [-1, -1, -1],
    ],
  );
  assert.equal(set.rows, 5);
});

for (const [what, value] of [
  ['a half', 0.5],
  ['no point', 0],
] as const) {
  test(`TensorsSet.read() refuses a mask with ${what}, by its row`, async (context) => {
    const mask = new Float32Array(5 * 12).fill(1).fill(value, 2 * 12, 3 * 12);
    const { set } = await openSet(context, { 'in.mask': float32Tensor(mask, [5, 12]) });
    await set.read([0, 1]);
    await assert.rejects(
      set.read([1, 2]),
      hasCode('TENSORS_INVALID', '"in.mask" must be of 0 and 1, with a 1 at least: row 2 is not'),
    );
  });
}

test('TensorsSet.read() gives zeros for what an object lacks, whatever stands there', async (context) => {
  const { set } = await openSet(context, {
    'in.metadata': float32Tensor(new Float32Array(5 * 34).fill(Number.NaN, 34, 68).fill(2, 68), [5, 34]),
    'in.present.metadata': vector(1, 0, 1, 1, 1),
  });
  const { metadata, 'present.metadata': present } = await set.read([2, 1]);
  assert.deepEqual(
    [...numbersOf(metadata)],
    [...new Array<number>(34).fill(2), ...new Array<number>(34).fill(0)],
  );
  assert.deepEqual(numbersOf(present), [1, 0]);
  assert.deepEqual(set.present['metadata'], [true, false, true, true, true]);
});

test('TensorsSet takes a modality without tensors as absent in all objects', async (context) => {
  const { set } = await openSet(context, { 'in.photometry': null, 'in.mask': null });
  const { mask, 'present.photometry': present } = await set.read([0, 1]);
  assert.deepEqual([numbersOf(present), numbersOf(mask)], [[0, 0], new Array<number>(24).fill(0)]);
});

test('TensorsSet.read() gives labels where classes are', async (context) => {
  const label = int64Tensor(BigInt64Array.of(2n, -1n, 0n, 1n, 1n), [5]);
  const { set } = await openSet(context, { 'in.label': label }, 3);
  assert.deepEqual(numbersOf((await set.read([0, 1]))['label']), [2, -1]);
});

test('TensorsSet says which tensor does not fit', async (context) => {
  for (const [overrides, ...words] of [
    [{ 'in.mask': null }, '"in.mask" must be float32[5, 12]: current value is none'],
    [{ 'in.metadata': vector(1, 2, 3, 4, 5) }, '"in.metadata" must be float32[5, 34]'],
    [
      { 'in.present.metadata': vector(1, 0.5, 1, 1, 1) },
      '"in.present.metadata" must be 0 or 1',
      '0.5 in row 1',
    ],
  ] as const)
    await assert.rejects(openSet(context, overrides), hasCode('TENSORS_INVALID', ...words));
  const label = int64Tensor(BigInt64Array.of(0n, 0n, 3n, 0n, 0n), [5]);
  await assert.rejects(
    openSet(context, { 'in.label': label }, 3),
    hasCode('TENSORS_INVALID', '"in.label" must be -1 to 2: current value is 3 in row 2'),
  );
});
