import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Metrics, systemClock, type DataSetObject } from '../../../core/index.ts';
import {
  alertsTraining,
  classHeadOf,
  classLogitsOf,
  createEmbedder,
  embedData,
  openRelease,
  prepareAlertsData,
  resampledFileOf,
  resampledModalities,
  resampledObjects,
  train,
  trainingSchema,
  type Release,
  type TrainingConfig,
} from '../../../model/index.ts';
import { buildStepPrograms } from '../../../model/training/step/step-programs.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { lightCurve, SOME_METADATA, someSpectrum, varyingLightCurve } from '../../helpers/joined-object.ts';
import { SMALL_ALERTS_TRAINING } from '../../helpers/small-alerts-training.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

const CLASSES = ['fast', 'slow'];

const TRAINING = {
  ...SMALL_ALERTS_TRAINING,
  augmentation: {
    droppedPointsRatio: 0.2,
    photometryNoiseScale: 1,
    shiftedPhase: true,
    droppedSummaryRatio: 0.1,
  },
} as const;

/** Half of the objects have a spectrum; the last has no light curve. */
function someObjects(count: number): DataSetObject[] {
  return Array.from({ length: count }, (_, i) => ({
    objectId: `object ${i}`,
    className: CLASSES[i % 2] ?? null,
    split: null,
    catalogue: null,
    joined: {
      lightCurve: i === count - 1 ? lightCurve([]) : varyingLightCurve(6 + (i % 20), i),
      metadata: i % 3 === 0 ? {} : SOME_METADATA,
      spectrum: i % 2 === 0 ? someSpectrum(i) : null,
    },
  }));
}

async function trained(
  folder: string,
  config: TrainingConfig = trainingSchema.parse(TRAINING),
): Promise<{ readonly release: string; readonly dataFile: string }> {
  const { subject, preparation } = await alertsTraining(config, CLASSES);
  const dataFile = path.join(folder, 'data.safetensors');
  const signal = new AbortController().signal;
  const { modalities } = subject;
  const count = await prepareAlertsData(someObjects(40), {
    ...{ file: dataFile, modalities, preparation, workers: 1, signal },
  });
  assert.equal(count, 40);
  const summary = await train({
    ...{ config, subject, dataFile, validationFile: null, outFolder: path.join(folder, 'run') },
    ...{ device: 'cpu', threads: 1, clock: systemClock, metrics: new Metrics(), signal },
    notice: () => undefined,
    onProgress: () => undefined,
  });
  return { release: summary.release, dataFile };
}

/** Weights after a training with light curves drawn again, from data that have them. */
async function trainedResampled(folder: string, seed: string): Promise<Release> {
  const data = { resampled: { curves: 2, keptRatioMin: 0.6 } };
  const config = trainingSchema.parse({ ...TRAINING, data });
  const { subject, preparation } = await alertsTraining(config, CLASSES);
  const signal = new AbortController().signal;
  const dataFile = path.join(folder, 'data.safetensors');
  const resampledFile = resampledFileOf(dataFile, { settings: config.data.resampled, seed });
  const given = { preparation, workers: 1, signal };
  await prepareAlertsData(someObjects(40), { ...given, file: dataFile, modalities: subject.modalities });
  await prepareAlertsData(resampledObjects(streamOf(someObjects(40)), config.data.resampled, seed), {
    ...given,
    ...{ file: resampledFile, modalities: resampledModalities(subject.modalities) },
  });
  const summary = await train({
    ...{
      config,
      subject,
      dataFile,
      resampledFile,
      validationFile: null,
      outFolder: path.join(folder, 'run'),
    },
    ...{ device: 'cpu', threads: 1, clock: systemClock, metrics: new Metrics(), signal },
    notice: () => undefined,
    onProgress: () => undefined,
  });
  return openRelease(summary.release);
}

async function* streamOf<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
  await Promise.resolve();
}

test('a training sees light curves drawn again: others give other weights, the same ones the same', async (context) => {
  const run = async (seed: string): Promise<string> =>
    (await trainedResampled(await temporaryFolder(context), seed)).manifest.weights.sha256;
  const first = await run('one');
  assert.equal(await run('one'), first);
  assert.notEqual(await run('two'), first);
});

test('a training does not go on with other light curves drawn again than it began with', async (context) => {
  const folder = await temporaryFolder(context);
  await trainedResampled(folder, 'one');
  await assert.rejects(trainedResampled(folder, 'two'), hasCode('TRAINING_MISMATCH'));
});

test('dropout.pooled is the share dropped of what attention comes to, where it is given', async () => {
  const ratioOf = async (pooled: number | null): Promise<number | undefined> => {
    const config = trainingSchema.parse({ ...TRAINING, dropout: { photometry: 0.1, pooled } });
    const { subject } = await alertsTraining(config, CLASSES);
    const model = subject.modelOf(['photometry', 'spectra', 'metadata']);
    const { dropoutSites } = buildStepPrograms(model, { config, validationBatch: null, constants: [] });
    return dropoutSites.find(({ input }) => input === 'dropout.photometry.pool')?.ratio;
  };
  assert.equal(await ratioOf(null), 0.1);
  assert.equal(await ratioOf(0.8), 0.8);
});

test('a training refuses to draw light curves again from a file of tensors', async (context) => {
  const config = trainingSchema.parse({ ...TRAINING, data: { resampled: { curves: 2 } } });
  await assert.rejects(
    trained(await temporaryFolder(context), config),
    hasCode('CONFIG_INVALID', 'data.resampled.curves must be 0 for a file of tensors'),
  );
});

test('a model of the alerts profile is trained from objects to a release that embeds them and tells their classes', async (context) => {
  const folder = await temporaryFolder(context);
  const { release: at, dataFile } = await trained(folder);
  const release = await openRelease(at);
  assert.equal(release.manifest.weights.origin, 'trained');
  const lines = readFileSync(path.join(folder, 'run', 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const losses = lines.flatMap((line) => {
    const { kind, validationLoss } = JSON.parse(line) as { kind: string; validationLoss?: number };
    return kind === 'epoch' ? [validationLoss ?? Number.NaN] : [];
  });
  assert.equal(losses.length, 2);
  assert.ok(losses.every(Number.isFinite));

  const embedded = await embedData({ release, dataFile, workers: 1 });
  assert.deepEqual(embedded.modalities['photometry']?.present.indexOf(false), 39);
  const embedder = await createEmbedder({ release, workers: 1 });
  const objects = someObjects(40).slice(3, 4);
  const [expected] = await embedder.embed(objects.map(({ joined }) => joined));
  await embedder.close();
  assert.ok(expected !== undefined);
  const { vectors } = embedded.modalities['photometry'];
  const vector = vectors.subarray(3 * 8, 4 * 8);
  // Padded to 24 tokens there and to 16 here: float32 sums in another order.
  expected.photometry.forEach((value, d) => {
    assert.ok(Math.abs(value - (vector[d] ?? Number.NaN)) < 1e-5);
  });

  const head = classHeadOf(release);
  assert.deepEqual(head?.classes, CLASSES);
  assert.equal(classLogitsOf(head, [expected.photometry]).length, 2);
});

function statisticsOf({ manifest }: Release): unknown {
  assert.equal(manifest.profile, 'alerts');
  return manifest.model.preprocessing.statistics;
}

test('a training of the alerts profile gives the same weights again, and goes on from a release with its statistics', async (context) => {
  const folder = await temporaryFolder(context);
  const again = await temporaryFolder(context);
  const first = await openRelease((await trained(folder)).release);
  const second = await openRelease((await trained(again)).release);
  assert.equal(first.manifest.weights.sha256, second.manifest.weights.sha256);

  const config = trainingSchema.parse({
    ...TRAINING,
    alerts: null,
    start: { release: path.join(folder, 'run', 'release') },
  });
  const next = await temporaryFolder(context);
  const further = await openRelease((await trained(next, config)).release);
  assert.deepEqual(statisticsOf(further), statisticsOf(first));
});

test('a head needs as many classes as the data have, and a release of the profile', async () => {
  const config = trainingSchema.parse(TRAINING);
  await assert.rejects(
    alertsTraining(config, ['one', 'two', 'three']),
    hasCode('CONFIG_INVALID', 'must be the number of classes of the data, 3: current value is 2'),
  );
  assert.throws(
    () => trainingSchema.parse({ ...TRAINING, profile: 'paper' }),
    /must not be given with the profile paper/,
  );
});
