import { labelSubset } from '../../../core/index.ts';
import { labelledObjects } from '../class-index.ts';
import { classificationReport } from '../classification-report.ts';
import { meanEmbeddings } from '../embedded-objects.ts';
import { labelledSplit, labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { knnPredictions } from '../knn-probe.ts';
import { fitLinearProbe, predictedClasses, probeLogits } from '../linear-probe.ts';
import { meanAndError, type MeanAndError } from '../mean-and-error.ts';
import { pickRows } from '../rows.ts';

/** Shares of each class's training objects whose labels are used. */
export const LABEL_RATIOS = [1, 0.5, 0.25, 0.1, 0.01] as const;

export interface FewLabelsRow {
  readonly labelRatio: number;
  /** Labels used: the share of each class, at least one. */
  readonly labels: number;
  /** Repetitions: one where all labels are used. */
  readonly repetitions: number;
  readonly linear: FewLabelsFigures;
  readonly knn: FewLabelsFigures;
}

export interface FewLabelsFigures {
  readonly accuracy: MeanAndError;
  readonly balancedAccuracy: MeanAndError;
  readonly macroF1: MeanAndError;
}

export interface FewLabelsResult {
  /** Test objects. */
  readonly n: number;
  readonly rows: readonly FewLabelsRow[];
}

/** How probes on the mean embedding fare when only a share of the labels is known; samples of a seed are nested. */
export function fewLabelsTask(context: EvaluationContext): FewLabelsResult | Skipped {
  const labelled = labelledSplit(context);
  if ('skipped' in labelled) return labelled;
  const { objects, classes, seeds } = context;
  const { training, test } = labelled;
  const means = meanEmbeddings(objects);
  const queries = pickRows(means, test);
  const truth = labelsOf(classes, test);
  const classCount = classes.names.length;
  const once = (chosen: Int32Array): { readonly [P in 'linear' | 'knn']: Scores } => {
    const [rows, labels] = [pickRows(means, chosen), labelsOf(classes, chosen)];
    const linear = predictedClasses(
      probeLogits(fitLinearProbe({ rows, labels, classCount }), queries),
      classCount,
    );
    const knn = knnPredictions({ training: rows, labels, queries, classCount });
    return {
      linear: classificationReport(truth, linear, classes.names),
      knn: classificationReport(truth, knn, classes.names),
    };
  };
  const rows = LABEL_RATIOS.map((labelRatio): FewLabelsRow => {
    const repetitions = labelRatio === 1 ? 1 : seeds;
    const samples = Array.from({ length: repetitions }, (_, i) =>
      shareOfEachClass(context, training, { labelRatio, seed: `${context.seed}/labels/${i}` }),
    );
    const scores = samples.map(once);
    return {
      labelRatio,
      labels: samples[0]!.length,
      repetitions,
      linear: summary(scores.map(({ linear }) => linear)),
      knn: summary(scores.map(({ knn }) => knn)),
    };
  });
  return { n: test.length, rows };
}

interface Scores {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  readonly macroF1: number;
}

function summary(scores: readonly Scores[]): FewLabelsFigures {
  const of = (figure: keyof Scores): MeanAndError => meanAndError(scores.map((score) => score[figure]));
  return { accuracy: of('accuracy'), balancedAccuracy: of('balancedAccuracy'), macroF1: of('macroF1') };
}

/** A share of each class among some objects, at least one of each; ascending. */
export function shareOfEachClass(
  { objects, classes }: Pick<EvaluationContext, 'objects' | 'classes'>,
  rows: Int32Array,
  { labelRatio, seed }: { readonly labelRatio: number; readonly seed: string },
): Int32Array {
  const labelled = Array.from(labelledObjects(classes, rows), (row) => ({
    objectId: objects.ids[row]!,
    className: objects.classNames[row] ?? null,
  }));
  const kept = labelSubset(labelled, { seed, labelFraction: labelRatio });
  return rows.filter((row) => kept.has(objects.ids[row]!));
}
