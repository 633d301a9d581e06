import { PipelineError } from '../../../core/index.ts';
import type { Clock } from '../../../core/index.ts';
import { createSchedule } from '../../optimisers/schedules.ts';
import type { Schedule } from '../../optimisers/schedules.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import type { MetricValues } from '../../sessions/training-protocol.ts';
import type { TrainingSession } from '../../sessions/training-session.ts';
import { float32Tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { GRADIENT_NORM, scalarInput } from '../step/apply-update.ts';
import type { TrainingConfig } from '../config.ts';
import type { Prefetcher } from '../prefetch/prefetcher.ts';
import { LOSS_SCALE_START, nextLossScale } from '../step/loss-scale.ts';
import type { LossScale } from '../step/loss-scale.ts';
import { LOSS, LOSS_SCALE } from '../step/training-step.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { BestFile, CheckpointFolder } from './checkpoint-folder.ts';
import type { FolderClaim } from './claim-folder.ts';
import type { PreparedTraining } from './prepare-training.ts';
import type { RunReports } from './run-reports.ts';
import { trainingEnd } from './training-end.ts';
import type { TrainingEnd } from './training-end.ts';
import type { TrainingState } from './training-state.ts';

export interface TrainingProgress {
  readonly step: number;
  /** Steps if nothing ends the training early. */
  readonly stepsTotal: number;
  readonly epoch: number;
  readonly loss: number;
  readonly samplesPerSecond: number;
}

export interface TrainerParts {
  readonly config: TrainingConfig;
  readonly prepared: PreparedTraining;
  readonly session: Pick<TrainingSession, 'step' | 'evaluate' | 'readState'>;
  readonly batches: Pick<Prefetcher, 'next'>;
  readonly checkpoints: Pick<CheckpointFolder, 'folder' | 'save' | 'saveBest'>;
  readonly reports: Pick<RunReports, 'step' | 'epoch' | 'commit'>;
  readonly claim: Pick<FolderClaim, 'requireOwn'>;
  /** Recorded in checkpoints. */
  readonly computing: Checkpoint['computing'];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: TrainingProgress) => void;
  readonly state: TrainingState;
}

/** The state before the first step. */
export function initialState(config: TrainingConfig): TrainingState {
  return {
    step: 0,
    updates: 0,
    epoch: 0,
    batch: 0,
    schedule: createSchedule(config.schedule).initial,
    lossSum: 0,
    best: null,
    lossScale: LOSS_SCALE_START,
    epochsWithoutGain: 0,
  };
}

/** One call of a training: steps and epochs from where it stands to its end or the signal. */
export class Trainer {
  readonly #parts: TrainerParts;
  readonly #schedule: Schedule;
  #state: TrainingState;
  #checkpointStep: number;

  constructor(parts: TrainerParts) {
    this.#parts = parts;
    this.#schedule = createSchedule(parts.config.schedule);
    this.#state = parts.state;
    this.#checkpointStep = parts.state.step;
  }

  get state(): TrainingState {
    return this.#state;
  }

  /**
   * Trains to the end.
   *
   * @returns what ended it; `null` if that was the signal: the last step is in a checkpoint
   * @throws PipelineError TRAINING_DIVERGED, and what reading, computing and writing may give
   */
  async run(): Promise<TrainingEnd | null> {
    const { config, prepared, signal } = this.#parts;
    for (;;) {
      const isEpochDone = this.#state.batch === prepared.batches.training;
      const end = isEpochDone ? null : trainingEnd(this.#state, config);
      if (end !== null) {
        await this.save();
        return end;
      }
      if (signal.aborted || !(await (isEpochDone ? this.#endEpoch() : this.#step()))) {
        await this.save();
        return null;
      }
    }
  }

  /** Writes a checkpoint of the state as it is. */
  async save(): Promise<void> {
    const { session, reports, checkpoints, config, prepared, claim, computing } = this.#parts;
    await claim.requireOwn();
    const metricsBytes = await reports.commit();
    const state = await session.readState();
    const checkpoint: Checkpoint = {
      formatVersion: 1,
      state: this.#state,
      config,
      data: prepared.data,
      computing,
      metricsBytes,
    };
    await checkpoints.save({ checkpoint, state });
    this.#checkpointStep = this.#state.step;
  }

  async #step(): Promise<boolean> {
    const { config, session, batches, reports, clock } = this.#parts;
    const beginMs = clock.monotonicMs();
    const step = this.#state.step + 1;
    const learningRate = this.#schedule.rateAt(this.#state.schedule, step);
    const feeds = { ...(await batches.next()), ...this.#scalars(learningRate) };
    const { metrics, isTaken } = await session.step(feeds);
    const { [LOSS]: loss = Number.NaN, [GRADIENT_NORM]: gradientNorm = Number.NaN, ...parts } = metrics;
    const lossScale = this.#nextLossScale(isTaken);
    const isGone = !Number.isFinite(loss) || loss > config.lossMax;
    if (isGone || lossScale === null) {
      const rule = isGone
        ? `its loss must be finite and at most ${config.lossMax}`
        : this.#finiteRule(metrics);
      throw await this.#diverged(rule, { step, loss, gradientNorm, learningRate });
    }
    const { epoch, batch, updates, lossSum } = this.#state;
    this.#state = {
      ...this.#state,
      step,
      updates: isTaken ? updates + 1 : updates,
      batch: batch + 1,
      lossSum: lossSum + loss,
      lossScale,
    };
    const samplesPerSecond = perSecond(config.batch.rows, clock.monotonicMs() - beginMs);
    await reports.step(
      { kind: 'step', step, epoch: epoch + 1, loss, parts, gradientNorm, learningRate, samplesPerSecond },
      config.batch.rows,
    );
    this.#progress(loss, samplesPerSecond);
    const { everySteps } = config.checkpoint;
    if (everySteps !== null && step % everySteps === 0) await this.save();
    return true;
  }

  /**
   * The scale after a step; with mixed precision a step whose gradient is too large for it changes nothing but the scale.
   *
   * @returns `null` if a step that was not taken cannot be put down to the scale
   */
  #nextLossScale(isTaken: boolean): LossScale | null {
    const { lossScale } = this.#state;
    if (this.#parts.config.precision === 'mixed') return nextLossScale(lossScale, isTaken);
    return isTaken ? lossScale : null;
  }

  /** What a step broke that was not taken in spite of a finite loss. */
  #finiteRule(metrics: MetricValues): string {
    const broken = Object.keys(metrics).filter((name) => !Number.isFinite(metrics[name]));
    const names = broken.map((name) => name.replaceAll('_', ' ')).join(' and ');
    const at =
      this.#parts.config.precision === 'mixed' ? ` at the loss scale ${this.#state.lossScale.scale}` : '';
    return `its ${names} must be finite${at}`;
  }

  /** @returns false if the signal came before the epoch was validated: it is validated when the training goes on */
  async #endEpoch(): Promise<boolean> {
    const { config, reports, prepared } = this.#parts;
    const { step, epoch, lossSum, best } = this.#state;
    const trainingLoss = lossSum / prepared.batches.training;
    const validation = await this.#validate();
    if (validation === 'stopped') return false;
    const watched = validation?.loss ?? trainingLoss;
    const isBest = best === null || watched < best.loss;
    this.#state = {
      ...this.#state,
      epoch: epoch + 1,
      batch: 0,
      lossSum: 0,
      schedule: this.#schedule.observe(this.#state.schedule, watched),
      best: isBest ? { epoch: epoch + 1, step, loss: watched, ...(await this.#saveBest(step)) } : best,
      epochsWithoutGain: isBest ? 0 : this.#state.epochsWithoutGain + 1,
    };
    await reports.epoch({
      kind: 'epoch',
      step,
      epoch: epoch + 1,
      trainingLoss,
      validationLoss: validation?.loss ?? null,
      validationParts: validation?.parts ?? {},
      isBest,
    });
    // What is at its end is saved by `run`.
    const isDue = (epoch + 1) % config.checkpoint.everyEpochs === 0;
    if (isDue && trainingEnd(this.#state, config) === null) await this.save();
    return true;
  }

  /** Means over the validation batches, which are equally large; `null` where there is none. */
  async #validate(): Promise<{ readonly loss: number; readonly parts: MetricValues } | 'stopped' | null> {
    const { prepared, session, batches, signal } = this.#parts;
    const count = prepared.batches.validation;
    const sums = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      if (signal.aborted) return 'stopped';
      const metrics = await session.evaluate(await batches.next());
      for (const [name, value] of Object.entries(metrics)) sums.set(name, (sums.get(name) ?? 0) + value);
    }
    if (count === 0) return null;
    const means = Object.fromEntries(Array.from(sums, ([name, sum]) => [name, sum / count]));
    const { [LOSS]: loss = Number.NaN, ...parts } = means;
    // Without a finite loss there is neither a best epoch nor a schedule.
    if (!Number.isFinite(loss))
      throw await this.#diverged('its validation loss must be finite', {
        step: this.#state.step,
        loss,
        gradientNorm: null,
        learningRate: null,
      });
    return { loss, parts };
  }

  async #saveBest(step: number): Promise<BestFile> {
    const { session, checkpoints, prepared, claim } = this.#parts;
    await claim.requireOwn();
    return checkpoints.saveBest(step, parametersOf(await session.readState(), prepared));
  }

  /** The optimiser counts the steps that were taken: its averages begin with them. */
  #scalars(learningRate: number): NamedTensors {
    const { optimiser } = this.#parts.prepared.programs;
    const values = optimiser.scalarsAt(this.#state.updates + 1, learningRate);
    const scalar = (value: number): Tensor => float32Tensor(Float32Array.of(value), []);
    const scalars = optimiser.scalars.map((name, i) => [scalarInput(name), scalar(values[i]!)] as const);
    if (this.#parts.config.precision === 'float32') return Object.fromEntries(scalars);
    return Object.fromEntries([...scalars, [LOSS_SCALE, scalar(this.#state.lossScale.scale)]]);
  }

  #progress(loss: number, samplesPerSecond: number): void {
    const { config, prepared, onProgress } = this.#parts;
    const { step, epoch } = this.#state;
    const stepsTotal = Math.min(config.stepsMax ?? Infinity, config.epochs * prepared.batches.training);
    onProgress({ step, stepsTotal, epoch: epoch + 1, loss, samplesPerSecond });
  }

  /** The error, after the lines and the plot up to it have been written. */
  async #diverged(
    rule: string,
    at: {
      readonly step: number;
      readonly loss: number;
      readonly gradientNorm: number | null;
      readonly learningRate: number | null;
    },
  ): Promise<PipelineError> {
    await this.#parts.reports.commit();
    const { step, loss, gradientNorm, learningRate } = at;
    const current = [
      `loss ${loss}`,
      ...(gradientNorm === null ? [] : [`gradient norm ${gradientNorm}`]),
      ...(learningRate === null ? [] : [`learning rate ${learningRate}`]),
    ].join(', ');
    return new PipelineError(
      'TRAINING_DIVERGED',
      `Cannot go on after step ${step} as ${rule}: current value is ${current}; ` +
        `the last checkpoint is of step ${this.#checkpointStep} in "${this.#parts.checkpoints.folder}"`,
      { details: { ...at, checkpointStep: this.#checkpointStep } },
    );
  }
}

function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (1000 * count) / elapsedMs : 0;
}

/** The parameters among all state. */
export function parametersOf(state: NamedTensors, { programs }: PreparedTraining): NamedTensors {
  const parameters = programs.state.filter(({ kind }) => kind === 'parameter');
  return Object.fromEntries(parameters.map(({ name }) => [name, state[name]!]));
}
