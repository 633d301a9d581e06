import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { float32Tensor, int64Tensor, openRelease } from '../../model/index.ts';
import type { Tensor } from '../../model/index.ts';
import { hasCode } from '../helpers/has-code.ts';
import { drawnTensor } from '../helpers/paper-weights.ts';
import { smallRun, smallTraining, trainSmall, writeSmallData } from '../helpers/small-training.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

/** Tensors whose names match are in two releases the same, and there are some. */
async function assertUnchanged(before: string, after: string, names: RegExp): Promise<void> {
  const [old, trained] = [await openRelease(before), await openRelease(after)];
  const matching = [...old.weights.keys()].filter((name) => names.test(name));
  assert.ok(matching.length > 0);
  for (const name of matching) assert.deepEqual(trained.weights.get(name), old.weights.get(name), name);
}

test('train() names tensor and row of a number that is not finite', async (context) => {
  const spectra = drawnTensor([40, 3, 2575]);
  spectra.data[17 * 3 * 2575 + 5] = Number.NaN;
  const { dataFile, outFolder } = await smallRun(context, { 'in.spectra': spectra });
  await assert.rejects(
    trainSmall({ dataFile, outFolder, config: smallTraining({ validationRatio: 0 }) }),
    hasCode('TENSORS_INVALID', dataFile, '"in.spectra" must be finite: row 17'),
  );
});

test('train() refuses a batch that is larger than the data', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const config = smallTraining({ batch: { rows: 33 } });
  await assert.rejects(
    trainSmall({ dataFile, outFolder, config }),
    hasCode('CONFIG_INVALID', 'batch.rows', '33 of 32'),
  );
  const one = await writeSmallData(await temporaryFolder(context), {}, 1);
  await assert.rejects(
    trainSmall({ dataFile: one, outFolder, config: smallTraining({ validationRatio: 0 }) }),
    hasCode('CONFIG_INVALID', 'batch.rows', '8 of 1'),
  );
});

test('train() leaves a modality alone that no object has, and needs two', async (context) => {
  const { dataFile, outFolder } = await smallRun(context, { 'in.spectra': null });
  const start = await smallRun(context);
  const overrides = { schedule: { kind: 'constant', learningRate: 0.05 } };
  await trainSmall({ ...start, config: smallTraining({ stepsMax: 1 }) });
  const release = path.join(start.outFolder, 'release');
  const notices: string[] = [];
  const config = smallTraining({ ...overrides, model: null, start: { release } });
  await trainSmall({ dataFile, outFolder, config, notice: (text) => notices.push(text) });
  assert.match(notices.join(), /no object of ".*" has spectra/);
  await assertUnchanged(release, path.join(outFolder, 'release'), /^spectra_/);
  const only = await writeSmallData(await temporaryFolder(context), {
    'in.spectra': null,
    'in.metadata': null,
  });
  await assert.rejects(
    trainSmall({ dataFile: only, outFolder: `${outFolder}-only` }),
    hasCode(
      'TENSORS_INVALID',
      'two modalities that at least 2 objects share',
      'photometry of 32, spectra of 0, metadata of 0',
    ),
  );
});

test('train() leaves alone what no loss looks at, in one graph and in pieces', async (context) => {
  const label = int64Tensor(
    BigInt64Array.from({ length: 40 }, (_, row) => BigInt(row % 3)),
    [40],
  );
  const { dataFile, outFolder } = await smallRun(context, { 'in.label': label });
  await trainSmall({
    dataFile,
    outFolder,
    config: smallTraining({ stepsMax: 1, schedule: { kind: 'constant', learningRate: 1e-9 } }),
  });
  const release = path.join(outFolder, 'release');
  for (const [i, accumulation] of [null, { rows: 4 }].entries()) {
    const config = smallTraining({
      model: null,
      start: { release },
      accumulation,
      objective: { classes: { count: 3, from: 'photometry' } },
    });
    await trainSmall({ dataFile, outFolder: `${outFolder}-${i}`, config });
    await assertUnchanged(
      release,
      path.join(`${outFolder}-${i}`, 'release'),
      /^(spectra_|metadata_|photometry_proj|logit_scale)/,
    );
  }
});

test('train() refuses objects that leave a loss with nothing to compare', async (context) => {
  const everySecond = (first: number): Tensor =>
    float32Tensor(
      Float32Array.from({ length: 40 }, (_, row) => (row % 2 === first ? 1 : 0)),
      [40],
    );
  const apart = {
    'in.metadata': null,
    'in.present.photometry': everySecond(0),
    'in.present.spectra': everySecond(1),
  };
  const { dataFile, outFolder } = await smallRun(context, apart);
  await assert.rejects(
    trainSmall({ dataFile, outFolder }),
    hasCode('TENSORS_INVALID', 'Cannot train on', dataFile, 'objective.clip', 'at least 2 objects share'),
  );
  const whole = await smallRun(context);
  await assert.rejects(
    trainSmall({ ...whole, validationFile: dataFile }),
    hasCode('TENSORS_INVALID', 'Cannot validate by', dataFile, 'objective.clip'),
  );
  const one = await writeSmallData(await temporaryFolder(context), {}, 1);
  const config = smallTraining({ validationRatio: 0 });
  await assert.rejects(
    trainSmall({ ...whole, validationFile: one, config }),
    hasCode('CONFIG_INVALID', one, 'at least 2 objects to validate by: current value is 1'),
  );
});

test('train() takes batches in which a modality is missing from some or all objects', async (context) => {
  const present = (share: number): Tensor =>
    float32Tensor(
      Float32Array.from({ length: 40 }, (_, row) => (row % 10 < share ? 1 : 0)),
      [40],
    );
  const { dataFile, outFolder } = await smallRun(context, {
    'in.present.spectra': present(1),
    'in.present.metadata': present(7),
  });
  const config = smallTraining({
    objective: { clip: {}, classes: { count: 3 } },
    augmentation: { droppedModalities: { photometry: 0.5 }, photometryNoiseScale: 1, spectraNoiseScale: 1 },
  });
  await assert.rejects(trainSmall({ dataFile, outFolder, config }), hasCode('TENSORS_INVALID', '"in.label"'));
  const label = int64Tensor(
    BigInt64Array.from({ length: 40 }, (_, row) => BigInt((row % 4) - 1)),
    [40],
  );
  const labelled = await smallRun(context, {
    'in.present.spectra': present(1),
    'in.present.metadata': present(7),
    'in.label': label,
  });
  const { steps, best } = await trainSmall({ ...labelled, config });
  assert.equal(steps, 8);
  assert.ok(Number.isFinite(best?.loss));
});

test('train() of two views goes on from a release, and validates by a file of its own', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  await trainSmall({ dataFile, outFolder });
  const validationFile = await writeSmallData(await temporaryFolder(context), {}, 9);
  const summary = await trainSmall({
    dataFile,
    validationFile,
    outFolder: `${outFolder}-views`,
    config: smallTraining({
      model: null,
      start: { release: path.join(outFolder, 'release') },
      objective: { views: { projector: { hiddenDimensions: 8, outputDimensions: 8 } } },
      augmentation: { cropKeptRatioMin: 0.5 },
      optimiser: { kind: 'lars' },
      stepsMax: 6,
    }),
  });
  assert.deepEqual([summary.steps, summary.end, summary.best?.epoch], [6, 'stepsMax', 1]);
});

test('train() keeps what a release holds where only the head is to move', async (context) => {
  const label = int64Tensor(
    BigInt64Array.from({ length: 40 }, (_, row) => BigInt(row % 3)),
    [40],
  );
  const { dataFile, outFolder } = await smallRun(context, { 'in.label': label });
  await trainSmall({ dataFile, outFolder });
  const start = path.join(outFolder, 'release');
  const tuned = async (learningRateRatio: number): Promise<string> => {
    const folder = `${outFolder}-${learningRateRatio}`;
    const config = smallTraining({
      model: null,
      start: { release: start, learningRateRatio },
      objective: { classes: { count: 3 } },
      stepsMax: 3,
    });
    await trainSmall({ dataFile, outFolder: folder, config, classes: ['a', 'b', 'c'] });
    return path.join(folder, 'release');
  };
  const [frozen, moved] = [await tuned(0), await tuned(1)];
  await assertUnchanged(start, frozen, /./);
  await assert.rejects(assertUnchanged(start, moved, /./));
  const { weights } = await openRelease(frozen);
  assert.ok(weights.has('head.weight') && !(await openRelease(start)).weights.has('head.weight'));
});
