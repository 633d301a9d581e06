import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import path from 'node:path';
import { readSafetensors, writeSafetensors } from '../../../../model/index.ts';
import type { NamedTensors } from '../../../../model/index.ts';
import { augmentationSchema } from '../../../../model/training/augmentation/config.ts';
import { BatchMaker } from '../../../../model/training/data/batch-maker.ts';
import { batchRequests } from '../../../../model/training/data/batch-plan.ts';
import type { BatchPlan, BatchRequest } from '../../../../model/training/data/batch-plan.ts';
import { Prefetcher } from '../../../../model/training/prefetch/prefetcher.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { writeSmallData } from '../../../helpers/small-training.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const ROWS = Array.from({ length: 12 }, (_, row) => row);

async function planOf(context: TestContext, overrides: Partial<BatchPlan> = {}): Promise<BatchPlan> {
  const training = await writeSmallData(await temporaryFolder(context), {}, 14);
  return {
    files: { training, validation: null },
    resampled: null,
    set: {
      modalities: [
        { name: 'photometry', inputs: { photometry: [12, 9], mask: [12] } },
        { name: 'metadata', inputs: { metadata: [34] } },
      ],
      classes: null,
    },
    seed: '1',
    batch: 4,
    validationBatch: 2,
    trainingRows: ROWS,
    validationRows: [12, 13],
    augmentation: augmentationSchema.parse({}),
    augmented: {
      modalities: ['photometry', 'metadata'],
      curve: {
        values: 'photometry',
        mask: 'mask',
        channels: 9,
        ofPoints: 3,
        noise: { kind: 'linear', flux: 1, err: 2 },
        phases: [],
        summary: null,
      },
      spectrum: { values: 'spectra', flux: 0, err: 1, covered: null },
    },
    dropoutSites: [{ input: 'dropout.a', shape: [4, 3], ratio: 0.5 }],
    inputs: ['photometry', 'mask', 'metadata', 'present.photometry', 'present.metadata'],
    ...overrides,
  };
}

async function made(
  context: TestContext,
  plan: BatchPlan,
  ...requests: BatchRequest[]
): Promise<NamedTensors[]> {
  const maker = await BatchMaker.open(plan);
  context.after(() => maker.close());
  const batches: NamedTensors[] = [];
  for (const request of requests) batches.push(await maker.make(request));
  return batches;
}

const training = (epoch: number, index: number): BatchRequest => ({
  use: 'training',
  epoch,
  index,
  step: 3 * epoch + index + 1,
});

test('batchRequests() goes on from any position as from the beginning', () => {
  const sizes = { training: 2, validation: 1 };
  const take = (requests: Iterator<BatchRequest, unknown>, count: number): unknown[] =>
    Array.from({ length: count }, () => requests.next().value);
  const all = take(batchRequests({ epoch: 0, batch: 0, step: 0 }, sizes), 7);
  assert.deepEqual(all.slice(0, 4), [
    { use: 'training', epoch: 0, index: 0, step: 1 },
    { use: 'training', epoch: 0, index: 1, step: 2 },
    { use: 'validation', index: 0 },
    { use: 'training', epoch: 1, index: 0, step: 3 },
  ]);
  assert.deepEqual(take(batchRequests({ epoch: 0, batch: 1, step: 1 }, sizes), 6), all.slice(1));
  assert.deepEqual(take(batchRequests({ epoch: 0, batch: 2, step: 2 }, sizes), 5), all.slice(2));
});

test('BatchMaker takes every object once an epoch, and gives masks of dropout', async (context) => {
  const plan = await planOf(context);
  const batches = await made(context, plan, training(0, 0), training(0, 1), training(0, 2));
  const firsts = batches.flatMap(({ metadata }) => numbersOf(metadata).filter((_, i) => i % 34 === 0));
  assert.equal(new Set(firsts).size, 12);
  assert.deepEqual(Object.keys(batches[0] ?? {}), [...plan.inputs, 'dropout.a']);
  assert.notDeepEqual(batches[0]?.['dropout.a'], batches[1]?.['dropout.a']);
});

test('BatchMaker gives validation as it is, without dropout', async (context) => {
  const augmentation = augmentationSchema.parse({
    cropKeptRatioMin: 0.2,
    droppedModalities: { metadata: 1 },
  });
  const plan = await planOf(context);
  const [plain] = await made(context, plan, { use: 'validation', index: 0 });
  const [same] = await made(context, { ...plan, augmentation }, { use: 'validation', index: 0 });
  assert.deepEqual(same, plain);
  assert.equal(plain?.['dropout.a'], undefined);
});

test('BatchMaker makes two views that differ, of the same objects and modalities', async (context) => {
  const plan = await planOf(context);
  const views = {
    ...plan,
    inputs: [...plan.inputs, ...['photometry', 'mask', 'metadata'].map((name) => `view.${name}`)],
    augmentation: augmentationSchema.parse({
      cropKeptRatioMin: 0.3,
      droppedPointsRatio: 0.3,
      photometryNoiseScale: 1,
      droppedModalities: { metadata: 0.5 },
    }),
  };
  const [batch, later] = await made(context, views, training(0, 0), training(1, 0));
  assert.notDeepEqual(batch?.['photometry'], batch?.['view.photometry']);
  assert.deepEqual(batch?.['metadata'], batch?.['view.metadata']);
  const buffers = Object.values(batch ?? {}).map(({ data }) => data.buffer);
  assert.equal(new Set(buffers).size, buffers.length, 'each can be handed over');
  assert.notDeepEqual(batch, later);
  assert.deepEqual(await made(context, views, training(0, 0)), [batch]);
});

test('BatchMaker draws the light curve of each view by itself, and validates by the objects themselves', async (context) => {
  const plan = await planOf(context);
  // The file again as light curves drawn from itself, one of each object, with other values.
  const file = path.join(path.dirname(plan.files.training), 'drawn.safetensors');
  const tensors = await readSafetensors(plan.files.training);
  const own = tensors.get('in.photometry');
  assert.ok(own?.dtype === 'float32');
  const data = own.data.map((value) => value + 100);
  await writeSafetensors(file, new Map([...tensors, ['in.photometry', { ...own, data }]]));
  const views = {
    ...plan,
    resampled: { file, curves: 1 },
    inputs: [...plan.inputs, ...['photometry', 'mask', 'metadata'].map((name) => `view.${name}`)],
  };
  const [batch, validation] = await made(context, views, training(0, 0), { use: 'validation', index: 0 });
  const [plain, same] = await made(context, { ...views, resampled: null }, training(0, 0), {
    use: 'validation',
    index: 0,
  });
  assert.deepEqual(validation, same);
  const isDrawn = (name: string): boolean[] => {
    const [values, before] = [numbersOf(batch?.[name]), numbersOf(plain?.[name])];
    const width = values.length / 4;
    return Array.from({ length: 4 }, (_, i) => values[i * width] !== before[i * width]);
  };
  assert.ok(isDrawn('photometry').includes(true) || isDrawn('view.photometry').includes(true));
  assert.notDeepEqual(isDrawn('photometry'), isDrawn('view.photometry'));
  assert.deepEqual(batch?.['metadata'], plain?.['metadata']);
});

test('Prefetcher gives the batches in order, as they are made alone', async (context) => {
  const plan = await planOf(context);
  const requests = [training(0, 0), training(0, 1), training(0, 2)];
  const expected = await made(context, plan, ...requests);
  const prefetcher = await Prefetcher.open(plan, { requests: requests.values(), batchesMax: 2 });
  context.after(() => prefetcher.close());
  for (const batch of expected) assert.deepEqual(await prefetcher.next(), batch);
  await assert.rejects(prefetcher.next(), /the last one was given/);
});

test('Prefetcher passes on why data cannot be used', async (context) => {
  const plan = await planOf(context, {
    set: { modalities: [{ name: 'x', inputs: { x: [1] } }], classes: null },
  });
  await assert.rejects(
    Prefetcher.open(plan, { requests: [].values(), batchesMax: 2 }),
    hasCode('TENSORS_INVALID', 'has none of "in.x"'),
  );
});
