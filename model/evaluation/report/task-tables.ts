import type { EvaluationResult } from '../evaluate.ts';
import type { EvaluationTask, TaskFigures } from '../evaluation-tasks.ts';
import type { MeanAndError } from '../mean-and-error.ts';
import { FALSE_ALARM_RATIO } from '../novelty-report.ts';
import { NOVELTY_SCORES } from '../tasks/novelty-task.ts';
import { markdownTable } from './markdown-table.ts';
import { NOVELTY_SCORE_NAMES, PROBE_NAMES } from './score-names.ts';

/** The lines of each task's part of a report, below its heading. */
const TABLES: { readonly [T in EvaluationTask]: (figures: TaskFigures[T]) => readonly string[] } = {
  probe: ({ n, trainingObjects, splitOrigin, majorityAccuracy, probes }) => [
    `${trainingObjects} training and ${n} test objects, ` +
      `${splitOrigin === 'source' ? 'as the data divide them' : 'drawn'}. ` +
      `Calling everything the commonest class is right in ${ratio(majorityAccuracy)}.`,
    ...markdownTable(
      ['probe', 'accuracy', 'balanced accuracy', 'macro F1'],
      probes.map(({ probe, report }) => [
        PROBE_NAMES[probe],
        ratio(report.accuracy),
        ratio(report.balancedAccuracy),
        ratio(report.macroF1),
      ]),
    ),
    'The linear probe on the embedding, by class:',
    ...markdownTable(
      ['class', 'objects', 'precision', 'recall', 'F1'],
      (probes[0]?.report.perClass ?? []).map(({ className, support, precision, recall, f1 }) => [
        className,
        String(support),
        ratio(precision),
        ratio(recall),
        ratio(f1),
      ]),
    ),
  ],
  'few-labels': ({ rows }) =>
    markdownTable(
      [
        'labels',
        'of each class',
        'repetitions',
        'linear accuracy',
        'linear balanced',
        'k-NN accuracy',
        'k-NN balanced',
      ],
      rows.map(({ labels, labelRatio, repetitions, linear, knn }) => [
        String(labels),
        share(labelRatio),
        String(repetitions),
        withError(linear.accuracy),
        withError(linear.balancedAccuracy),
        withError(knn.accuracy),
        withError(knn.balancedAccuracy),
      ]),
    ),
  modalities: ({ rows, completeObjects }) => [
    `${completeObjects} test objects have all three.`,
    ...markdownTable(
      [
        'left with',
        'objects',
        'accuracy',
        'balanced',
        'accuracy, all-three objects',
        'balanced, all-three objects',
      ],
      rows.map((row) => [
        row.modalities,
        String(row.n),
        ratio(row.accuracy),
        ratio(row.balancedAccuracy),
        ratio(row.completeAccuracy),
        ratio(row.completeBalancedAccuracy),
      ]),
    ),
  ],
  retrieval: ({ rows, objects }) => [
    objects === 'test' ? 'Among the test objects of the data.' : 'Among all objects.',
    ...markdownTable(
      ['from', 'to', 'n', 'R@1 (chance)', 'R@5 (chance)', 'R@10 (chance)', 'mean rank', 'median rank'],
      rows.map((row) => [
        row.from,
        row.to,
        String(row.n),
        `${ratio(row.recallAt1)} (${ratio(row.chanceAt1)})`,
        `${ratio(row.recallAt5)} (${ratio(row.chanceAt5)})`,
        `${ratio(row.recallAt10)} (${ratio(row.chanceAt10)})`,
        row.rankMean.toFixed(1),
        row.rankMedian.toFixed(1),
      ]),
    ),
  ],
  'zero-shot': ({ rows }) =>
    markdownTable(
      ['centres from', 'queries from', 'training', 'test', 'classes', 'accuracy', 'balanced (chance)'],
      rows.map((row) => [
        row.centresFrom,
        row.queriesFrom,
        String(row.trainingObjects),
        String(row.n),
        String(row.classes),
        ratio(row.accuracy),
        `${ratio(row.balancedAccuracy)} (${ratio(row.chance)})`,
      ]),
    ),
  misclassification: (figures) => [
    `${figures.planted} of ${figures.n} labels were changed, ${figures.repetitions} times over: AUROC ${withError(figures.auroc)}, ` +
      `${withError(figures.foundInTopPlanted)} of them among the first ${figures.planted}.`,
    ...markdownTable(
      ['looked through', 'found', 'by chance'],
      figures.inspected.map(({ inspectedRatio, found }) => [
        share(inspectedRatio),
        withError(found),
        ratio(inspectedRatio),
      ]),
    ),
    'Labels as given that fit least:',
    ...markdownTable(
      ['object', 'class', 'd', 'nearest class'],
      figures.suspects.map(({ objectId, className, score, nearestClass }) => [
        objectId,
        className,
        ratio(score),
        nearestClass,
      ]),
    ),
  ],
  similarity: ({ perClass, purity, chance, n, neighbours }) =>
    markdownTable(
      ['class', 'objects', `purity at ${neighbours}`, 'by chance'],
      [
        ['all', String(n), ratio(purity), ratio(chance)],
        ...perClass.map((of) => [of.className, String(of.n), ratio(of.purity), ratio(of.chance)]),
      ],
    ),
  novelty: ({ rows, means }) => {
    const shown = NOVELTY_SCORES.filter((score) => means[score] !== undefined);
    return [
      `AUROC, and in brackets the share found where ${share(FALSE_ALARM_RATIO)} of the known objects are called new.`,
      ...markdownTable(
        ['survey', 'class left out', 'objects', ...shown.map((score) => NOVELTY_SCORE_NAMES[score])],
        [
          ...rows.map(({ survey, className, scores }) => [
            survey,
            className,
            String(scores.combined?.novel ?? 0),
            ...shown.map((score) => pair(scores[score])),
          ]),
          ['', 'mean', '', ...shown.map((score) => pair(means[score]))],
        ],
      ),
    ];
  },
  map: (figures) => [
    `${figures.n} objects, ${figures.neighbours} neighbours, least distance ${figures.minDist}. ` +
      `Share of the nearest ten that are of the same class: ${ratio(figures.planePurity)} on the map, ` +
      `${ratio(figures.embeddingPurity)} in the embedding, ${ratio(figures.chance)} by chance. [The map](map.html)`,
  ],
};

/** Markdown about a task's figures, without a heading. */
export function tablesOf({ task, figures, skipped }: EvaluationResult): readonly string[] {
  if (figures === null) return [`Left out, as ${skipped ?? 'it has no figures'}.`];
  // A result's figures are those of its task.
  const tabulate = TABLES[task] as (own: typeof figures) => readonly string[];
  return tabulate(figures);
}

function ratio(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

function share(value: number): string {
  return `${Number((value * 100).toPrecision(3))} %`;
}

function withError({ mean, standardError }: MeanAndError): string {
  return standardError === null ? ratio(mean) : `${ratio(mean)} ± ${ratio(standardError)}`;
}

function pair(report: { readonly auroc: number; readonly recallAtFalseAlarms: number } | undefined): string {
  return report === undefined ? '–' : `${ratio(report.auroc)} (${ratio(report.recallAtFalseAlarms)})`;
}
