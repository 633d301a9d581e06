import type { ClassIndex } from './class-index.ts';
import { labelledObjects } from './class-index.ts';
import { objectsWithAny, type EmbeddedObjects } from './embedded-objects.ts';
import type { EvaluationSplit } from './evaluation-split.ts';

/** What every task works on. */
export interface EvaluationContext {
  readonly objects: EmbeddedObjects;
  readonly classes: ClassIndex;
  readonly split: EvaluationSplit;
  /** Draws everything that is drawn. */
  readonly seed: string;
  /** Repetitions of what depends on a draw; ≥ 1. */
  readonly seeds: number;
  /** Fewest objects of a class whose novelty is measured. */
  readonly noveltyObjectsMin: number;
  /** Most objects on a map. */
  readonly mapObjectsMax: number;
}

/** A task that has nothing to work on says why. */
export interface Skipped {
  /** A clause. */
  readonly skipped: string;
}

/** Objects with a class and an embedding to learn from, and such to ask about. */
export interface LabelledSplit {
  readonly training: Int32Array;
  readonly test: Int32Array;
}

/** @returns why there is nothing to learn, or nothing to ask about */
export function labelledSplit({ objects, classes, split }: EvaluationContext): LabelledSplit | Skipped {
  const usable = (rows: Int32Array): Int32Array => objectsWithAny(objects, labelledObjects(classes, rows));
  const [training, test] = [usable(split.training), usable(split.test)];
  const trained = new Set(training.map((row) => classes.classOf[row]!));
  if (trained.size < 2)
    return { skipped: `two classes with training objects are needed: there are ${trained.size}` };
  if (test.length === 0) return { skipped: 'no object with a class is among the test objects' };
  return { training, test };
}

/** Class numbers of some objects. */
export function labelsOf({ classOf }: ClassIndex, rows: Int32Array): Int32Array {
  return rows.map((row) => classOf[row]!);
}
