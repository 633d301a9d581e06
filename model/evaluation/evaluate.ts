import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/index.ts';
import { classIndex } from './class-index.ts';
import type { EmbeddedObjects } from './embedded-objects.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { evaluationSplit } from './evaluation-split.ts';
import { EVALUATION_TASKS, TASKS, type EvaluationTask, type TaskFigures } from './evaluation-tasks.ts';
import type { MapPoints } from './tasks/map-task.ts';

export interface EvaluateOptions {
  readonly objects: EmbeddedObjects;
  /** All by default; run in the order of `EVALUATION_TASKS` whatever the order here. */
  readonly tasks?: readonly EvaluationTask[];
  /** Draws everything that is drawn; 1 by default. */
  readonly seed?: string | number;
  /** Repetitions of what depends on a draw; 3 by default. */
  readonly seeds?: number;
  /** Share of each class that is tested with, where the data do not say; 0.2 by default. */
  readonly testRatio?: number;
  /** Fewest objects of a class that counts; 20 by default. */
  readonly classObjectsMin?: number;
  /** Fewest objects of a class whose novelty is measured; 100 by default. */
  readonly noveltyObjectsMin?: number;
  /** Most objects on a map; 3,000 by default. */
  readonly mapObjectsMax?: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** What one task found out, or why it was left out. */
export type EvaluationResult = { readonly [T in EvaluationTask]: EvaluationResultOf<T> }[EvaluationTask];

export interface EvaluationResultOf<T extends EvaluationTask> {
  readonly task: T;
  /** Why there was nothing to work on, as a clause; `null` where there was. */
  readonly skipped: string | null;
  readonly figures: TaskFigures[T] | null;
  readonly points: MapPoints | null;
  readonly elapsedMs: number;
  /** Most memory that the process has had so far. */
  readonly peakRssMiB: number;
}

export const EVALUATION_DEFAULTS = {
  seed: 1,
  seeds: 3,
  testRatio: 0.2,
  classObjectsMin: 20,
  noveltyObjectsMin: 100,
  mapObjectsMax: 3000,
} as const;

/**
 * Runs evaluation tasks one after the other, each in this thread. The same objects and options give the same figures, apart
 * from time and memory. A task that has nothing to work on says why, and the others run.
 *
 * @throws RangeError if an option is out of its range; the signal's reason if it aborts, between tasks
 * @example
 * for await (const result of evaluate({ objects, clock: systemClock })) console.log(result.task, result.figures?.n);
 */
export async function* evaluate(options: EvaluateOptions): AsyncGenerator<EvaluationResult> {
  const { tasks = EVALUATION_TASKS, clock, signal } = options;
  const context = contextOf(options);
  for (const task of EVALUATION_TASKS.filter((name) => tasks.includes(name))) {
    // Lets a signal through, which a task does not look at.
    await nextTurn();
    signal?.throwIfAborted();
    yield resultOf(task, context, clock);
  }
}

function resultOf(task: EvaluationTask, context: EvaluationContext, clock: Clock): EvaluationResult {
  const startMs = clock.monotonicMs();
  const outcome = TASKS[task](context);
  const spent = { elapsedMs: Math.round(clock.monotonicMs() - startMs), peakRssMiB: peakRssMiB() };
  // The table gives each task's own figures.
  return (
    'skipped' in outcome
      ? { task, skipped: outcome.skipped, figures: null, points: null, ...spent }
      : { task, skipped: null, ...outcome, ...spent }
  ) as EvaluationResult;
}

function contextOf(options: EvaluateOptions): EvaluationContext {
  const settings = { ...EVALUATION_DEFAULTS, ...options };
  const { objects, seed, testRatio, classObjectsMin } = settings;
  if (!(testRatio > 0 && testRatio < 1))
    throw new RangeError(
      `Cannot split objects as testRatio must be between 0 and 1: current value is ${testRatio}`,
    );
  for (const name of ['seeds', 'classObjectsMin', 'noveltyObjectsMin', 'mapObjectsMax'] as const) {
    if (!Number.isInteger(settings[name]) || settings[name] < 1)
      throw new RangeError(
        `Cannot evaluate as ${name} must be a whole number above 0: current value is ${settings[name]}`,
      );
  }
  const classes = classIndex(objects.classNames, classObjectsMin);
  return {
    objects,
    classes,
    split: evaluationSplit(objects, { seed, testRatio }),
    seed: String(seed),
    seeds: settings.seeds,
    noveltyObjectsMin: settings.noveltyObjectsMin,
    mapObjectsMax: settings.mapObjectsMax,
  };
}

/** Of the process, as the system counts it. */
export function peakRssMiB(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}
