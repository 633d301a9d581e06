import { classificationReport, type ClassificationReport } from '../classification-report.ts';
import { meanEmbeddings } from '../embedded-objects.ts';
import { labelledSplit, labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { knnPredictions } from '../knn-probe.ts';
import { fitLinearProbe, predictedClasses, probeLogits } from '../linear-probe.ts';
import { pickRows, rowCount, type Rows } from '../rows.ts';

/** A probe and how it fared on the test objects. */
export interface ProbeResult {
  readonly probe: ProbeName;
  readonly report: ClassificationReport;
}

/** Logistic regression and k-NN vote on the mean embedding; logistic regression on features, for comparison. */
export const PROBES = ['linear', 'knn', 'linearFeatures'] as const;
export type ProbeName = (typeof PROBES)[number];

export interface ProbeFigures {
  /** Test objects. */
  readonly n: number;
  readonly trainingObjects: number;
  readonly splitOrigin: 'source' | 'drawn';
  readonly classes: readonly string[];
  /** Accuracy of calling everything the class that most training objects have. */
  readonly majorityAccuracy: number;
  readonly probes: readonly ProbeResult[];
}

/** How well the classes can be read off the mean embedding. */
export function probeTask(context: EvaluationContext): ProbeFigures | Skipped {
  const labelled = labelledSplit(context);
  if ('skipped' in labelled) return labelled;
  const { objects, classes, split } = context;
  const { training, test } = labelled;
  const [trainingLabels, truth] = [labelsOf(classes, training), labelsOf(classes, test)];
  const classCount = classes.names.length;
  const means = meanEmbeddings(objects);
  const byLinear = (rows: Rows): Int32Array => {
    const probe = fitLinearProbe({ rows: pickRows(rows, training), labels: trainingLabels, classCount });
    return predictedClasses(probeLogits(probe, pickRows(rows, test)), classCount);
  };
  const byKnn = knnPredictions({
    training: pickRows(means, training),
    labels: trainingLabels,
    queries: pickRows(means, test),
    classCount,
  });
  const result = (probe: ProbeName, predicted: Int32Array): ProbeResult => ({
    probe,
    report: classificationReport(truth, predicted, classes.names),
  });
  const { features } = objects;
  return {
    n: test.length,
    trainingObjects: training.length,
    splitOrigin: split.origin,
    classes: classes.names,
    majorityAccuracy: majorityAccuracy(trainingLabels, truth, classCount),
    probes: [
      result('linear', byLinear(means)),
      result('knn', byKnn),
      ...(features === null || rowCount(features) === 0
        ? []
        : [result('linearFeatures', byLinear(features))]),
    ],
  };
}

/** Accuracy of always naming the commonest class of the training objects. */
export function majorityAccuracy(training: Int32Array, truth: Int32Array, classCount: number): number {
  const counts = new Int32Array(classCount);
  for (const own of training) counts[own] = counts[own]! + 1;
  const commonest = counts.indexOf(Math.max(...counts));
  return truth.filter((own) => own === commonest).length / truth.length;
}
