import { classCentres, nearestCentre } from '../class-centres.ts';
import { labelledObjects } from '../class-index.ts';
import { classificationReport } from '../classification-report.ts';
import {
  EMBEDDED_MODALITIES,
  modalityRows,
  objectsHaving,
  type EmbeddedModality,
} from '../embedded-objects.ts';
import { labelledSplit, labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { pickRows } from '../rows.ts';

export interface ZeroShotRow {
  /** Whose training embeddings make the centres of the classes. */
  readonly centresFrom: EmbeddedModality;
  /** Whose test embeddings are compared with them. */
  readonly queriesFrom: EmbeddedModality;
  readonly n: number;
  /** Training objects behind the centres. */
  readonly trainingObjects: number;
  /** Classes with a centre; only test objects of these are asked about. */
  readonly classes: number;
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  /** 1 / classes: balanced accuracy of any guess. */
  readonly chance: number;
}

export interface ZeroShotFigures {
  /** Test objects. */
  readonly n: number;
  readonly rows: readonly ZeroShotRow[];
}

/**
 * Classes from the nearest centre, where the centres are made of embeddings of one modality and the queries are of another:
 * no label of the queries' modality is used. With both the same it is a nearest-centre classifier.
 */
export function zeroShotTask(context: EvaluationContext): ZeroShotFigures | Skipped {
  const labelled = labelledSplit(context);
  if ('skipped' in labelled) return labelled;
  const { objects, classes } = context;
  const classCount = classes.names.length;
  const rows = EMBEDDED_MODALITIES.flatMap((centresFrom) => {
    const training = objectsHaving(objects, labelled.training, [centresFrom]);
    const centres = classCentres(
      pickRows(modalityRows(objects, centresFrom), training),
      labelsOf(classes, training),
      classCount,
    );
    const known = centres.counts.filter((count) => count > 0).length;
    if (known < 2) return [];
    return EMBEDDED_MODALITIES.flatMap((queriesFrom): ZeroShotRow[] => {
      const having = objectsHaving(objects, labelledObjects(classes, labelled.test), [queriesFrom]);
      const test = having.filter((row) => centres.counts[classes.classOf[row]!]! > 0);
      if (test.length === 0) return [];
      const queries = pickRows(modalityRows(objects, queriesFrom), test);
      const predicted = test.map((_, i) => Math.max(0, nearestCentre(centres, queries, i)));
      const report = classificationReport(labelsOf(classes, test), predicted, classes.names);
      return [
        {
          centresFrom,
          queriesFrom,
          n: test.length,
          trainingObjects: training.length,
          classes: known,
          accuracy: report.accuracy,
          balancedAccuracy: report.balancedAccuracy,
          chance: 1 / known,
        },
      ];
    });
  });
  if (rows.length === 0) return { skipped: 'no modality has training objects of two classes' };
  return { n: labelled.test.length, rows };
}
