import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ResampledCurves, resampledFileOf } from '../../../../model/training/data/resampled-curves.ts';
import { TensorsSet } from '../../../../model/training/data/tensors-set.ts';
import { TensorsSetWriter } from '../../../../model/training/data/tensors-set-writer.ts';
import { hasCode } from '../../../helpers/has-code.ts';
import { numbersOf } from '../../../helpers/run-graph.ts';
import { temporaryFolder } from '../../../helpers/temporary-folder.ts';

const PHOTOMETRY = { name: 'photometry', inputs: { tokens: [1] } } as const;
const MODALITIES = [PHOTOMETRY, { name: 'metadata', inputs: { metadata: [1] } }] as const;
const OPTIONS = { modalities: MODALITIES, classes: null } as const;
const ROWS = [3, 0, 2, 1];

/** Object n has the token 10n and the metadata n; the curves drawn from it have the tokens 10n + 1 and 10n + 2. */
async function opened(context: TestContext): Promise<{ training: TensorsSet; file: string }> {
  const folder = await temporaryFolder(context);
  const main = path.join(folder, 'objects.safetensors');
  const file = resampledFileOf(main, {
    settings: { curves: 2, keptRatioMin: 0.5, noiseScale: 0.5 },
    seed: '1',
  });
  const writer = await TensorsSetWriter.create(main, MODALITIES);
  const drawn = await TensorsSetWriter.create(file, [PHOTOMETRY]);
  for (let n = 0; n < 4; n++) {
    const object = { objectId: String(n), className: null, survey: 'ztf', split: null };
    const inputs = { tokens: Float32Array.of(10 * n), metadata: Float32Array.of(n) };
    await writer.append({ ...object, inputs });
    for (const k of [1, 2])
      await drawn.append({ ...object, inputs: { tokens: Float32Array.of(10 * n + k) } });
  }
  await writer.finish();
  await drawn.finish();
  const training = await TensorsSet.open(main, OPTIONS);
  context.after(() => training.close());
  return { training, file };
}

test('ResampledCurves shows each object by its own light curve or one drawn from it, equally often', async (context) => {
  const { training, file } = await opened(context);
  const curves = await ResampledCurves.open({ file, curves: 2 }, OPTIONS, 4);
  context.after(() => curves.close());
  const read = await training.read(ROWS);
  const counts = new Map<number, number>();
  for (let epoch = 0; epoch < 150; epoch++) {
    const batch = await curves.drawn(read, { rows: ROWS, seed: '1', epoch, view: 'first' });
    const tokens = numbersOf(batch['tokens']);
    assert.deepEqual(
      tokens.map((token) => Math.floor(token / 10)),
      ROWS,
      'the light curve is of the object',
    );
    assert.deepEqual(numbersOf(batch['metadata']), ROWS);
    for (const token of tokens) counts.set(token % 10, (counts.get(token % 10) ?? 0) + 1);
  }
  // 200 each in the mean, with a deviation of 11.5; five of those.
  assert.equal(counts.size, 3);
  for (const count of counts.values()) assert.ok(Math.abs(count - 200) < 58, [...counts.values()].join());
  assert.deepEqual(numbersOf(read['tokens']), [30, 0, 20, 10], 'what was read is left as it is');
});

test('ResampledCurves draws by seed, epoch, view and object alone', async (context) => {
  const { training, file } = await opened(context);
  const curves = await ResampledCurves.open({ file, curves: 2 }, OPTIONS, 4);
  context.after(() => curves.close());
  const tokens = async (rows: readonly number[], epoch: number, view: string): Promise<readonly number[]> =>
    numbersOf((await curves.drawn(await training.read(rows), { rows, seed: '1', epoch, view }))['tokens']);
  const epochs = Array.from({ length: 8 }, (_, epoch) => epoch);
  const all = (view: string): Promise<(readonly number[])[]> =>
    Promise.all(epochs.map((epoch) => tokens(ROWS, epoch, view)));
  const first = await all('first');
  assert.deepEqual(await all('first'), first);
  assert.notDeepEqual(await all('second'), first);
  const thirds = await Promise.all(epochs.map((epoch) => tokens([2], epoch, 'first')));
  assert.deepEqual(
    thirds.flat(),
    first.flatMap((batch) => batch.slice(2, 3)),
  );
});

test('ResampledCurves refuses a file that was drawn from other objects', async (context) => {
  const { file } = await opened(context);
  await assert.rejects(
    ResampledCurves.open({ file, curves: 3 }, OPTIONS, 4),
    hasCode('TENSORS_INVALID', '3 rows for each of 4 objects: current value is 8'),
  );
});
