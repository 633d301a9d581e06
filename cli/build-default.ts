import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { Metrics, systemClock } from '../core/index.ts';
import { openRelease, train, trainingSchema, writeReleaseWithBank } from '../model/index.ts';
import type { LabelledObject, TrainingConfig } from '../model/index.ts';
import { SIMULATED_SURVEYS } from '../simulator/index.ts';
import { notice } from './notice.ts';
import { parseCount } from './options.ts';
import { createProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import { untilStopped } from './run-signal.ts';
import { openTrainingData, simulatedObjects } from './training-data.ts';

interface BuildFlags {
  readonly out: string;
  readonly seed: string;
  readonly objects: number;
  readonly bankObjects: number;
  readonly epochs: number;
}

/** Points of a light curve that the encoder attends to: the periods and the rest of its summary see all of them. */
const TOKENS_MAX = 64;
/** Objects of a training batch. */
const BATCH_ROWS = 64;
/** Share of the objects that training looks at to choose the best epoch. */
const VALIDATION_RATIO = 0.1;
const NAME = 'default';
const NOTE =
  'Trained on simulated ZTF and LSST objects alone, by `npm run train:default`. Scores say how unlike the simulated known ' +
  'classes an object is, and are not calibrated. MODEL_CARD.md has its figures on real data.';

/** `nightjar releases build-default`: the release that ships is made by this verb with its defaults. */
export function createBuildDefaultCommand(): Command {
  return new Command('build-default')
    .description('Train the release that ships, on simulated objects, and make its reference bank')
    .requiredOption('--out <dir>', 'folder of the run; the release is its folder "default"')
    .option('--seed <seed>', 'number or text; the same seed gives the same weights', '1')
    .option('--objects <n>', 'simulated objects to train on', parseCount, 6000)
    .option('--bank-objects <n>', 'simulated objects of the bank', parseCount, 1500)
    .option('--epochs <n>', 'times that the objects are gone through', parseCount, 16)
    .action(async (flags: BuildFlags) => {
      const beginMs = systemClock.monotonicMs();
      const folder = await untilStopped((signal) => build(flags, signal));
      const minutes = (systemClock.monotonicMs() - beginMs) / 60_000;
      process.stdout.write(
        `Release in ${folder} after ${minutes.toFixed(1)} minutes, ` +
          `at most ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB resident\n`,
      );
    });
}

async function build(
  { out, seed, objects, bankObjects, epochs }: BuildFlags,
  signal: AbortSignal,
): Promise<string> {
  const config = defaultTraining({ seed, objects, epochs });
  const data = await openTrainingData(config, {
    ...{ paths: [], labels: undefined, outFolder: out, threads: undefined, signal },
    simulated: shares(objects).map((share) => ({ ...share, seed: null })),
  });
  // Made when the number of steps is known; typed so that the callback's assignment counts.
  let progress = null as Progress | null;
  const trained = await train({
    ...data,
    ...{
      validationFile: null,
      outFolder: out,
      device: 'cpu',
      clock: systemClock,
      metrics: new Metrics(),
      signal,
      notice,
    },
    onProgress: ({ step, stepsTotal, epoch, loss }) => {
      progress ??= createProgress({ label: 'train', unit: 'steps', total: stepsTotal, clock: systemClock });
      progress.update(step, `epoch ${epoch}, loss ${loss.toPrecision(4)}`);
    },
  }).finally(() => {
    progress?.stop();
  });
  const folder = path.join(out, NAME);
  await rm(folder, { recursive: true, force: true });
  await writeReleaseWithBank({
    release: await openRelease(trained.release),
    objects: await bank(seed, bankObjects),
    folder,
    name: NAME,
    note: NOTE,
    workers: availableParallelism(),
  });
  return folder;
}

/** How many objects of each survey. */
function shares(
  objects: number,
): readonly { readonly survey: (typeof SIMULATED_SURVEYS)[number]; readonly objects: number }[] {
  return SIMULATED_SURVEYS.map((survey, i) => ({
    survey,
    objects: Math.max(1, Math.floor((objects + i) / SIMULATED_SURVEYS.length)),
  }));
}

/** Objects of their own: none is trained on. */
async function bank(seed: string, count: number): Promise<readonly LabelledObject[]> {
  const objects: LabelledObject[] = [];
  for (const share of shares(count)) {
    const dataSet = simulatedObjects({ ...share, seed: `bank ${seed}` }, seed);
    for await (const { joined, className } of dataSet.objects(() => undefined))
      objects.push({ object: joined, label: className ?? '' });
  }
  return objects;
}

function defaultTraining({
  seed,
  objects,
  epochs,
}: Pick<BuildFlags, 'seed' | 'objects' | 'epochs'>): TrainingConfig {
  const stepsPerEpoch = Math.max(1, Math.floor((objects * (1 - VALIDATION_RATIO)) / BATCH_ROWS));
  return trainingSchema.parse({
    profile: 'alerts',
    name: NAME,
    seed,
    data: { testRatio: 0 },
    alerts: { tokensMax: TOKENS_MAX },
    objective: { clip: {}, classes: { logitScale: 16 } },
    optimiser: { kind: 'adamW', weightDecay: 0.05 },
    schedule: {
      kind: 'cosine',
      unit: 'steps',
      learningRate: 1e-3,
      warmUpLength: stepsPerEpoch,
      decayLength: Math.max(1, (epochs - 1) * stepsPerEpoch),
      floorRatio: 0.01,
    },
    batch: {
      rows: Math.min(BATCH_ROWS, Math.floor(objects * (1 - VALIDATION_RATIO))),
      pieceRows: BATCH_ROWS,
    },
    epochs,
    clipNormMax: 5,
    dropout: { photometry: 0.1, spectra: 0.1, metadata: 0.1, summary: 0.1 },
    augmentation: {
      droppedPointsRatio: 0.2,
      photometryNoiseScale: 0.5,
      spectraAddedNoise: 0.1,
      spectraTilt: 0.2,
      spectraHiddenRatioMax: 0.3,
      shiftedPhase: true,
      droppedSummaryRatio: 0.1,
      droppedModalities: { photometry: 0, spectra: 0.2, metadata: 0.2 },
    },
    validationRatio: VALIDATION_RATIO,
    earlyStop: null,
    metricsEverySteps: 20,
  });
}
