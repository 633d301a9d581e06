import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { encodedWidth, inputQuantiles, quantileEncoded } from '../../../../model/quantile-encoding.ts';
import { readObjectIndex } from '../../../../model/training/data/object-index.ts';
import { TensorsSet } from '../../../../model/training/data/tensors-set.ts';
import { TensorsSetWriter } from '../../../../model/training/data/tensors-set-writer.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const MODALITIES = [
  {
    name: 'photometry',
    inputs: { tokens: [2, 2], mask: [2], globals: [encodedWidth(2)] },
    mask: 'mask',
    quantileEncoded: ['globals'],
  },
  { name: 'metadata', inputs: { metadata: [1] } },
] as const;

const OBJECT = { survey: 'ztf', split: null } as const;

function photometry(globals: readonly number[]): Record<string, Float32Array<ArrayBuffer>> {
  return {
    tokens: Float32Array.of(1, 2, 3, 4),
    mask: Float32Array.of(1, 0),
    globals: Float32Array.from(globals),
  };
}

async function written(folder: string): Promise<string> {
  const file = path.join(folder, 'data.safetensors');
  const writer = await TensorsSetWriter.create(file, MODALITIES);
  await writer.append({
    ...OBJECT,
    objectId: 'a',
    className: 'Mira',
    inputs: { ...photometry([1, 10]), metadata: Float32Array.of(7) },
  });
  await writer.append({ ...OBJECT, objectId: 'b', className: null, inputs: photometry([3, Number.NaN]) });
  await writer.append({
    ...OBJECT,
    objectId: 'c',
    className: 'EA',
    inputs: { metadata: Float32Array.of(9) },
  });
  await writer.finish();
  return file;
}

test('TensorsSetWriter writes what TensorsSet reads: rows, presence, labels of classes by name', async (context) => {
  const folder = await temporaryFolder(context);
  const file = await written(folder);
  const statistics = {
    globals: inputQuantiles(
      [
        [0, 0],
        [12, 24],
      ],
      2,
    ),
  };
  const set = await TensorsSet.open(file, { modalities: MODALITIES, classes: 2, statistics });
  const batch = await set.read([2, 0, 1]);
  await set.close();
  assert.deepEqual([...(batch['tokens']?.data ?? [])], [0, 0, 0, 0, 1, 2, 3, 4, 1, 2, 3, 4]);
  assert.deepEqual([...(batch['present.photometry']?.data ?? [])], [0, 1, 1]);
  assert.deepEqual([...(batch['present.metadata']?.data ?? [])], [1, 1, 0]);
  assert.deepEqual([...(batch['label']?.data ?? [])], [0n, 1n, -1n]);
  const encoded = (...values: readonly number[]): number[] => [
    ...quantileEncoded(values, statistics.globals),
  ];
  const absent = new Array<number>(encodedWidth(2)).fill(0);
  assert.deepEqual(Array.from(numbersOf(batch['globals'])), [
    ...absent,
    ...encoded(1, 10),
    ...encoded(3, Number.NaN),
  ]);
  assert.deepEqual(
    (await readObjectIndex(file)).map(({ objectId, className }) => [objectId, className]),
    [
      ['a', 'Mira'],
      ['b', null],
      ['c', 'EA'],
    ],
  );
  assert.deepEqual(readdirSync(folder).sort(), ['data.objects.jsonl', 'data.safetensors']);
});

test('TensorsSet.statisticsOf() is of the objects that are asked for and have the modality', async (context) => {
  const set = await TensorsSet.open(await written(await temporaryFolder(context)), {
    modalities: MODALITIES,
    classes: null,
  });
  try {
    const [a, b] = [
      [1, 10],
      [3, Number.NaN],
    ];
    assert.deepEqual(await set.statisticsOf('globals', [0, 1, 2]), inputQuantiles([a, b], 2));
    assert.deepEqual(await set.statisticsOf('globals', [1, 2]), inputQuantiles([b], 2));
  } finally {
    await set.close();
  }
});

test('TensorsSetWriter refuses a row of another width, and leaves nothing behind when it is discarded', async (context) => {
  const folder = await temporaryFolder(context);
  const writer = await TensorsSetWriter.create(path.join(folder, 'data.safetensors'), MODALITIES);
  await assert.rejects(
    writer.append({ ...OBJECT, objectId: 'a', className: null, inputs: { metadata: Float32Array.of(1, 2) } }),
    /"in.metadata" as a row must have 1 values: current value is 2/,
  );
  await writer.discard();
  assert.deepEqual(readdirSync(folder), []);
});

test('TensorsSetWriter says where it cannot write', async () => {
  await assert.rejects(
    TensorsSetWriter.create('/nowhere/data.safetensors', MODALITIES),
    hasCode('OUTPUT_UNUSABLE', '/nowhere/data.safetensors'),
  );
});
