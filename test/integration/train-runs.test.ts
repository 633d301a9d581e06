import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openRelease } from '../../model/index.ts';
import type { TrainingConfig } from '../../model/index.ts';
import { hasCode } from '../helpers/has-code.ts';
import { drawnTensor } from '../helpers/paper-weights.ts';
import { smallRun, smallTraining, trainSmall, writeSmallData } from '../helpers/small-training.ts';
import { temporaryFolder } from '../helpers/temporary-folder.ts';

const weightsOf = (folder: string): Buffer =>
  readFileSync(path.join(folder, 'release', 'weights.safetensors'));

test('train() ends with a release that says how it came to be', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const steps: number[] = [];
  const summary = await trainSmall({ dataFile, outFolder, onProgress: ({ step }) => steps.push(step) });
  assert.deepEqual(
    [summary.steps, summary.epochs, summary.end, summary.wasFinished],
    [8, 2, 'epochs', false],
  );
  assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
  const { manifest, weights } = await openRelease(path.join(outFolder, 'release'));
  assert.equal(manifest.weights.origin, 'trained');
  const { training } = manifest;
  assert.deepEqual([training?.data.rows, training?.config['seed'], training?.steps], [40, 'small', 8]);
  assert.ok(weights.has('index_sample') && weights.has('logit_scale_ps'));
  assert.match(readFileSync(path.join(outFolder, 'loss.svg'), 'utf8'), /^<svg .*<\/svg>\n$/s);
  assert.match(
    readFileSync(path.join(outFolder, 'metrics.prom'), 'utf8'),
    /\nnightjar_training_steps_total 8\n/,
  );
});

test('train() does nothing in the folder of a finished training, and goes on when it is to be longer', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  await trainSmall({ dataFile, outFolder });
  const before = weightsOf(outFolder);
  const again = await trainSmall({ dataFile, outFolder });
  assert.ok(again.wasFinished);
  assert.deepEqual(weightsOf(outFolder), before);
  const longer = smallTraining({ epochs: 3 });
  const extended = await trainSmall({ dataFile, outFolder, config: longer });
  assert.deepEqual([extended.steps, extended.wasFinished], [12, false]);
  const whole = `${outFolder}-whole`;
  await trainSmall({ dataFile, outFolder: whole, config: longer });
  assert.deepEqual(weightsOf(outFolder), weightsOf(whole));
});

test('train() stops at its signal after a step, and goes on to the same weights', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  for (const last of [3, 4]) {
    const controller = new AbortController();
    await assert.rejects(
      trainSmall({
        dataFile,
        outFolder,
        signal: controller.signal,
        onProgress: ({ step }) => {
          if (step === last) controller.abort();
        },
      }),
      hasCode('RUN_STOPPED', `stopped after step ${last}`),
    );
  }
  await trainSmall({ dataFile, outFolder });
  const whole = `${outFolder}-whole`;
  await trainSmall({ dataFile, outFolder: whole });
  assert.deepEqual(weightsOf(outFolder), weightsOf(whole));
});

test('train() refuses to go on with another configuration or other data, naming what differs', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  await trainSmall({ dataFile, outFolder });
  const config = smallTraining({ clipNormMax: 1 });
  await assert.rejects(
    trainSmall({ dataFile, outFolder, config }),
    hasCode('TRAINING_MISMATCH', 'clipNormMax was 45, is 1'),
  );
  const other = await writeSmallData(await temporaryFolder(context), {
    'in.metadata': drawnTensor([40, 34], 'x'),
  });
  await assert.rejects(
    trainSmall({ dataFile: other, outFolder }),
    hasCode('TRAINING_MISMATCH', 'the training data were', 'of 40 rows'),
  );
});

test('train() refuses a folder that holds lines or a release of something else', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  mkdirSync(outFolder);
  writeFileSync(path.join(outFolder, 'metrics.jsonl'), 'mine\n');
  await assert.rejects(trainSmall({ dataFile, outFolder }), hasCode('OUTPUT_UNUSABLE', '"metrics.jsonl"'));
  assert.equal(readFileSync(path.join(outFolder, 'metrics.jsonl'), 'utf8'), 'mine\n');
});

test('train() says what diverged, and keeps the checkpoint before', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const config = smallTraining({
    start: { logitScale: 'published' },
    optimiser: { kind: 'sgd', momentum: 0 },
    schedule: { kind: 'constant', learningRate: 100 },
    clipNormMax: null,
    epochs: 20,
  });
  await assert.rejects(
    trainSmall({ dataFile, outFolder, config }),
    hasCode(
      'TRAINING_DIVERGED',
      'Cannot go on after step',
      'gradient norm',
      'learning rate 100',
      'last checkpoint',
    ),
  );
  assert.ok(!existsSync(path.join(outFolder, 'release')));
  const small = smallTraining({ lossMax: 1e-3 });
  await assert.rejects(
    trainSmall({ dataFile, outFolder: `${outFolder}-max`, config: small }),
    hasCode('TRAINING_DIVERGED', 'after step 1 ', 'at most 0.001'),
  );
});

test('train() ends early without gain, with the weights of the best epoch', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const config = smallTraining({
    epochs: 50,
    earlyStop: { patience: 2 },
    schedule: { kind: 'constant', learningRate: 0.3 },
  });
  const { end, epochs, best } = await trainSmall({ dataFile, outFolder, config });
  assert.equal(end, 'earlyStop');
  assert.equal(epochs, (best?.epoch ?? 0) + 2);
});

test('train() piece by piece takes the steps of the whole batch, and goes on in the same way', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const overrides = { dropout: { photometry: 0, spectra: 0, metadata: 0 } };
  const losses = async (folder: string, config: TrainingConfig): Promise<readonly number[]> => {
    const found: number[] = [];
    await trainSmall({ dataFile, outFolder: folder, config, onProgress: ({ loss }) => found.push(loss) });
    return found;
  };
  const whole = await losses(outFolder, smallTraining(overrides));
  const pieces = await losses(
    `${outFolder}-pieces`,
    smallTraining({ ...overrides, accumulation: { rows: 2 } }),
  );
  assert.equal(pieces.length, 8);
  // Sums in another order: the first losses agree to float32, later ones to what training makes of the difference.
  pieces.forEach((loss, i) => {
    assert.ok(
      Math.abs(loss / (whole[i] ?? 0) - 1) < (i === 0 ? 1e-5 : 0.02),
      `step ${i + 1}: ${loss}, ${whole[i]}`,
    );
  });
  const config = smallTraining({ accumulation: { rows: 4 } });
  const short = `${outFolder}-short`;
  await trainSmall({ dataFile, outFolder: short, config: { ...config, stepsMax: 5 } });
  await trainSmall({ dataFile, outFolder: short, config });
  await trainSmall({ dataFile, outFolder: `${outFolder}-long`, config });
  assert.deepEqual(weightsOf(short), weightsOf(`${outFolder}-long`));
});

test('train() with mixed precision goes on with the scale of its checkpoint', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const config = smallTraining({ precision: 'mixed' });
  const fileAt = (step: number): string =>
    path.join(outFolder, 'checkpoint', `step-${step}`, 'checkpoint.json');
  await trainSmall({ dataFile, outFolder, config: { ...config, stepsMax: 1 } });
  const text = readFileSync(fileAt(1), 'utf8');
  assert.match(text, /"scale": 32768,\s+"steady": 1\b/);
  writeFileSync(
    fileAt(1),
    text.replace('"scale": 32768', '"scale": 64').replace('"steady": 1', '"steady": 7'),
  );
  await trainSmall({ dataFile, outFolder, config: { ...config, stepsMax: 2 } });
  assert.match(readFileSync(fileAt(2), 'utf8'), /"scale": 64,\s+"steady": 8\b/);
});

test('train() goes on with other threads, and says so', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  await trainSmall({ dataFile, outFolder, config: smallTraining({ stepsMax: 1 }) });
  const notices: string[] = [];
  const notice = (text: string): void => void notices.push(text);
  await trainSmall({ dataFile, outFolder, config: smallTraining({ stepsMax: 2 }), notice });
  assert.deepEqual(notices, []);
  await trainSmall({ dataFile, outFolder, config: smallTraining({ stepsMax: 3 }), threads: 2, notice });
  assert.match(notices.join(), /was on cpu with 1 thread and goes on on cpu with 2 threads/);
});

test('train() refuses to go on where the release that it began with is another by now', async (context) => {
  const { dataFile, outFolder } = await smallRun(context);
  const base = `${outFolder}-base`;
  await trainSmall({ dataFile, outFolder: base, config: smallTraining({ stepsMax: 1 }) });
  const config = smallTraining({ model: null, start: { release: path.join(base, 'release') }, stepsMax: 1 });
  await trainSmall({ dataFile, outFolder, config });
  await trainSmall({ dataFile, outFolder: base, config: smallTraining({ stepsMax: 2 }) });
  await assert.rejects(
    trainSmall({ dataFile, outFolder, config }),
    hasCode('TRAINING_MISMATCH', 'the start was release', 'now release'),
  );
});
