import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { outputFailure, PipelineError } from '../../core/index.ts';
import type { Clock, Device, Metrics } from '../../core/index.ts';
import { MANIFEST_FILE } from '../releases/release.ts';
import { TrainingSession } from '../sessions/training-session.ts';
import type { NamedTensors } from '../sessions/runtime.ts';
import { float32Tensor } from '../tensor.ts';
import { batchRequests } from './data/batch-plan.ts';
import { Prefetcher } from './prefetch/prefetcher.ts';
import { computingNotice, requireSameTraining } from './run/checkpoint.ts';
import type { Checkpoint } from './run/checkpoint.ts';
import { CheckpointFolder } from './run/checkpoint-folder.ts';
import type { StoredCheckpoint } from './run/checkpoint-folder.ts';
import { claimFolder } from './run/claim-folder.ts';
import type { FolderClaim } from './run/claim-folder.ts';
import { closingAll } from './run/closing-all.ts';
import { prepareTraining } from './run/prepare-training.ts';
import type { PreparedTraining, PrepareOptions } from './run/prepare-training.ts';
import { hasRunLines, RUN_FILES, RunReports } from './run/run-reports.ts';
import { initialState, parametersOf, Trainer } from './run/trainer.ts';
import type { TrainingProgress } from './run/trainer.ts';
import { trainingEnd } from './run/training-end.ts';
import type { TrainingEnd } from './run/training-end.ts';
import type { TrainingState } from './run/training-state.ts';

export interface TrainOptions extends PrepareOptions {
  /** New, or that of an interrupted training, which is gone on with. */
  readonly outFolder: string;
  readonly device: Device;
  /** Threads of one operator; all cores by default. */
  readonly threads?: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Ends the training after the step under way, with a checkpoint. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
}

export interface TrainingSummary {
  /** Folder of the release. */
  readonly release: string;
  readonly steps: number;
  readonly epochs: number;
  readonly end: TrainingEnd;
  /** The epoch whose weights the release has, and its loss; `null` for those of the last step. */
  readonly best: { readonly epoch: number; readonly step: number; readonly loss: number } | null;
  /** True if an earlier call had finished it: this one did nothing. */
  readonly wasFinished: boolean;
}

const RELEASE = 'release';
const CHECKPOINTS = 'checkpoint';

/**
 * Trains a model to its end and writes a release of it. The folder holds checkpoints, `metrics.jsonl`, `metrics.prom`,
 * `loss.svg` and, at the end, `release`. The same data, configuration and threads give the same release on a CPU, bit for
 * bit, however often the call is interrupted and made again.
 *
 * @throws PipelineError naming what is missing or does not fit; OUTPUT_UNUSABLE, also where another process trains in the
 *   folder; TRAINING_MISMATCH if the folder holds another training;
 *   TRAINING_DIVERGED; RUN_STOPPED at the signal
 */
export async function train(options: TrainOptions): Promise<TrainingSummary> {
  const { outFolder } = options;
  const prepared = await prepareTraining(options);
  await mkdir(outFolder, { recursive: true }).catch((cause: unknown) => {
    throw outputFailure(cause, outFolder);
  });
  return closingAll(async (opened) => trainIn(options, prepared, opened(await claimFolder(outFolder))));
}

/** In a folder that is this call's alone. */
async function trainIn(
  options: TrainOptions,
  prepared: PreparedTraining,
  claim: FolderClaim,
): Promise<TrainingSummary> {
  const { config, outFolder, notice } = options;
  const checkpoints = new CheckpointFolder(path.join(outFolder, CHECKPOINTS));
  const found = await checkpoints.load(notice);
  if (found === null) requireUnused(outFolder);
  else requireSameTraining(outFolder, found.checkpoint, { config, data: prepared.data });
  const { device, threads = availableParallelism() } = options;
  const run: Run = { ...options, prepared, claim, checkpoints, computing: { device, threads } };
  const { state, end, wasFinished } = await trainedState(run, found);
  if (!wasFinished) await writeTrained(run, state, end);
  return {
    release: path.join(outFolder, RELEASE),
    steps: state.step,
    epochs: state.epoch,
    end,
    best: state.best && { epoch: state.best.epoch, step: state.best.step, loss: state.best.loss },
    wasFinished,
  };
}

interface Run extends TrainOptions {
  readonly prepared: PreparedTraining;
  readonly claim: FolderClaim;
  readonly checkpoints: CheckpointFolder;
  readonly computing: Checkpoint['computing'];
}

interface Trained {
  readonly state: TrainingState;
  readonly end: TrainingEnd;
  readonly wasFinished: boolean;
}

/** Brings the training to its end, unless it is there. */
async function trainedState(run: Run, found: StoredCheckpoint | null): Promise<Trained> {
  const { config, outFolder, prepared } = run;
  if (found !== null) {
    const { state } = found.checkpoint;
    const isBetweenEpochs = state.batch < prepared.batches.training;
    const end = isBetweenEpochs ? trainingEnd(state, config) : null;
    if (end !== null) return { state, end, wasFinished: existsSync(releaseManifest(outFolder)) };
    const notice = computingNotice(found.checkpoint.computing, run.computing);
    if (notice !== null) run.notice(notice);
    // What an earlier, shorter training left is not the release of this one.
    await rm(path.join(outFolder, RELEASE), { recursive: true, force: true });
  }
  const { state, end } = await runSteps(run, found);
  if (end === null)
    throw new PipelineError(
      'RUN_STOPPED',
      `Cannot finish the training in "${outFolder}" as it was stopped after step ${state.step}: the same command goes on`,
    );
  return { state, end, wasFinished: false };
}

async function runSteps(
  run: Run,
  found: StoredCheckpoint | null,
): Promise<{ readonly state: TrainingState; readonly end: TrainingEnd | null }> {
  const { config, prepared, subject, outFolder, computing, metrics, clock } = run;
  const { programs } = prepared;
  const state = found?.checkpoint.state ?? initialState(config);
  return closingAll(async (opened) => {
    const session = opened(
      await TrainingSession.open(
        { step: programs.step, evaluation: programs.evaluation, constants: subject.constants },
        { state: found?.state ?? initialTensors(run), ...computing },
      ),
    );
    const batches = opened(
      await Prefetcher.open(prepared.plan, {
        requests: batchRequests(state, prepared.batches),
        batchesMax: config.prefetchBatches,
      }),
    );
    const reports = opened(
      await RunReports.open({
        folder: outFolder,
        bytes: found?.checkpoint.metricsBytes ?? 0,
        title: `Training "${config.name}": loss by step`,
        everySteps: config.metricsEverySteps,
        metrics,
        clock,
      }),
    );
    const trainer = new Trainer({ ...run, session, batches, reports, state });
    // The folder is that of this training from its beginning on.
    if (found === null) await trainer.save();
    const end = await trainer.run();
    return { state: trainer.state, end };
  });
}

/** Parameters as the subject has them, slots of the optimiser 0. */
function initialTensors({ prepared: { programs }, subject }: Run): NamedTensors {
  const parameters = subject.initialParameters(programs.state.filter(({ kind }) => kind === 'parameter'));
  return Object.fromEntries(
    programs.state.map(({ name, shape }) => [
      name,
      parameters.get(name) ??
        float32Tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)), shape),
    ]),
  );
}

/** The best weights as a release; those of the last step where no epoch ended. */
async function writeTrained(run: Run, state: TrainingState, end: TrainingEnd): Promise<void> {
  const { config, subject, outFolder, prepared, checkpoints } = run;
  const { best, step, epoch } = state;
  const parameters =
    best === null
      ? parametersOf((await checkpoints.load(run.notice))?.state ?? {}, prepared)
      : await checkpoints.readBest(best);
  const folder = path.join(outFolder, RELEASE);
  await run.claim.requireOwn();
  await rm(folder, { recursive: true, force: true });
  const { training, validation } = prepared.data;
  const after = best === null ? `step ${step}` : `epoch ${best.epoch}, the best of ${epoch}`;
  await subject.writeRelease(folder, {
    name: config.name,
    seed: config.seed,
    note: `Trained on ${training.rows} objects; the weights after ${after}.`,
    parameters,
    statistics: prepared.statistics,
    training: {
      data: named(training),
      validationData: validation && named(validation),
      seed: config.seed,
      config,
      steps: step,
      epochs: epoch,
      end,
      weightsStep: best?.step ?? step,
      metrics: best === null ? {} : { loss: best.loss },
    },
  });
}

/** Without the path, which means nothing elsewhere. */
function named(identity: PreparedTraining['data']['training']): PreparedTraining['data']['training'] {
  return { ...identity, file: path.basename(identity.file) };
}

/** Refuses a folder with parts of a run and no checkpoint that speaks for them: they would be overwritten. */
function requireUnused(outFolder: string): void {
  const left = hasRunLines(outFolder)
    ? RUN_FILES.lines
    : existsSync(path.join(outFolder, RELEASE))
      ? RELEASE
      : null;
  if (left === null) return;
  throw new PipelineError(
    'OUTPUT_UNUSABLE',
    `Cannot begin a training in "${outFolder}" as it holds "${left}" without a checkpoint; take another --out`,
  );
}

function releaseManifest(outFolder: string): string {
  return path.join(outFolder, RELEASE, MANIFEST_FILE);
}
