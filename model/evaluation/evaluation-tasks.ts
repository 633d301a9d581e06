import type { EvaluationContext, Skipped } from './evaluation-context.ts';
import { fewLabelsTask, type FewLabelsResult } from './tasks/few-labels-task.ts';
import { mapTask, type MapFigures, type MapPoints } from './tasks/map-task.ts';
import { misclassificationTask, type MisclassificationFigures } from './tasks/misclassification-task.ts';
import { modalitiesTask, type ModalitiesFigures } from './tasks/modalities-task.ts';
import { noveltyTask, type NoveltyFigures } from './tasks/novelty-task.ts';
import { probeTask, type ProbeFigures } from './tasks/probe-task.ts';
import { retrievalTask, type RetrievalFigures } from './tasks/retrieval-task.ts';
import { similarityTask, type SimilarityFigures } from './tasks/similarity-task.ts';
import { zeroShotTask, type ZeroShotFigures } from './tasks/zero-shot-task.ts';

/** What each task finds out: everything that its line of results says, but for time and memory. */
export interface TaskFigures {
  readonly probe: ProbeFigures;
  readonly 'few-labels': FewLabelsResult;
  readonly modalities: ModalitiesFigures;
  readonly retrieval: RetrievalFigures;
  readonly 'zero-shot': ZeroShotFigures;
  readonly misclassification: MisclassificationFigures;
  readonly similarity: SimilarityFigures;
  readonly novelty: NoveltyFigures;
  readonly map: MapFigures;
}
export type EvaluationTask = keyof TaskFigures;

/** Figures of a task, with the points of a map beside them, which are too many for a line. */
export interface TaskOutcome<T extends EvaluationTask> {
  readonly figures: TaskFigures[T];
  readonly points: MapPoints | null;
}

const withoutPoints =
  <T extends EvaluationTask>(task: (context: EvaluationContext) => TaskFigures[T] | Skipped) =>
  (context: EvaluationContext): TaskOutcome<T> | Skipped => {
    const figures = task(context);
    return 'skipped' in figures ? figures : { figures, points: null };
  };

/** Every task by its name, in the order in which they are run. */
export const TASKS: {
  readonly [T in EvaluationTask]: (context: EvaluationContext) => TaskOutcome<T> | Skipped;
} = {
  probe: withoutPoints(probeTask),
  'few-labels': withoutPoints(fewLabelsTask),
  modalities: withoutPoints(modalitiesTask),
  retrieval: withoutPoints(retrievalTask),
  'zero-shot': withoutPoints(zeroShotTask),
  misclassification: withoutPoints(misclassificationTask),
  similarity: withoutPoints(similarityTask),
  novelty: withoutPoints(noveltyTask),
  map: mapTask,
};

// Every key of the table, in its order.
export const EVALUATION_TASKS = Object.keys(TASKS) as readonly EvaluationTask[];
