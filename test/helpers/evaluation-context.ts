import { classIndex } from '../../model/evaluation/class-index.ts';
import type { EvaluationContext } from '../../model/evaluation/evaluation-context.ts';
import { evaluationSplit } from '../../model/evaluation/evaluation-split.ts';
import type { EmbeddedObjects } from '../../model/index.ts';

/** What a task is given, for embedded objects. */
export function evaluationContext(
  objects: EmbeddedObjects,
  settings: Partial<EvaluationContext> & { readonly classObjectsMin?: number } = {},
): EvaluationContext {
  const { classObjectsMin = 1, ...others } = settings;
  const classes = classIndex(objects.classNames, classObjectsMin);
  return {
    objects,
    classes,
    split: evaluationSplit(objects, { seed: 'test', testRatio: 0.25 }),
    seed: 'test',
    seeds: 2,
    noveltyObjectsMin: 10,
    mapObjectsMax: 200,
    ...others,
  };
}

/** The figures of a task that had something to work on. */
export function figuresOf<T extends object>(outcome: T | { readonly skipped: string }): T {
  if ('skipped' in outcome) throw new Error(`The task was left out, as ${outcome.skipped}`);
  return outcome;
}
