import { classificationReport } from '../classification-report.ts';
import {
  EMBEDDED_MODALITIES,
  meanEmbeddings,
  objectsHaving,
  type EmbeddedModality,
} from '../embedded-objects.ts';
import { labelledSplit, labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { fitLinearProbe, predictedClasses, probeLogits } from '../linear-probe.ts';
import { pickRows } from '../rows.ts';

/** The combinations that a test object may be left with. */
export const MODALITY_COMBINATIONS = {
  P: ['photometry'],
  S: ['spectra'],
  M: ['metadata'],
  'P+S': ['photometry', 'spectra'],
  'S+M': ['spectra', 'metadata'],
  'M+P': ['metadata', 'photometry'],
  all: EMBEDDED_MODALITIES,
} as const satisfies Readonly<Record<string, readonly EmbeddedModality[]>>;
export type ModalityCombination = keyof typeof MODALITY_COMBINATIONS;

export interface ModalityRow {
  readonly modalities: ModalityCombination;
  /** Test objects that have all of the combination. */
  readonly n: number;
  readonly accuracy: number;
  readonly balancedAccuracy: number;
  /** The same of the test objects that have all three, so that rows can be compared; `null` where there are none. */
  readonly completeAccuracy: number | null;
  readonly completeBalancedAccuracy: number | null;
}

export interface ModalitiesFigures {
  /** Test objects. */
  readonly n: number;
  /** Test objects that have all three. */
  readonly completeObjects: number;
  /** Combinations that no test object has are left out. */
  readonly rows: readonly ModalityRow[];
}

/** Accuracy of one probe, trained on all that the training objects have, where test objects are left with less. */
export function modalitiesTask(context: EvaluationContext): ModalitiesFigures | Skipped {
  const labelled = labelledSplit(context);
  if ('skipped' in labelled) return labelled;
  const { objects, classes } = context;
  const known = EMBEDDED_MODALITIES.filter((modality) => objects.present[modality].includes(1));
  if (known.length < 2) return { skipped: `objects have one modality only: ${known.join(', ')}` };
  const classCount = classes.names.length;
  const { training, test } = labelled;
  const probe = fitLinearProbe({
    rows: pickRows(meanEmbeddings(objects), training),
    labels: labelsOf(classes, training),
    classCount,
  });
  const complete = objectsHaving(objects, test, EMBEDDED_MODALITIES);
  const figures = (rows: Int32Array, modalities: readonly EmbeddedModality[]): ClassFigures | null => {
    if (rows.length === 0) return null;
    const logits = probeLogits(probe, pickRows(meanEmbeddings(objects, modalities), rows));
    return classificationReport(labelsOf(classes, rows), predictedClasses(logits, classCount), classes.names);
  };
  const rows = Object.entries(MODALITY_COMBINATIONS).flatMap(([name, modalities]): ModalityRow[] => {
    const having = objectsHaving(objects, test, modalities);
    const [own, ofComplete] = [figures(having, modalities), figures(complete, modalities)];
    if (own === null) return [];
    return [
      {
        // A key of the table.
        modalities: name as ModalityCombination,
        n: having.length,
        accuracy: own.accuracy,
        balancedAccuracy: own.balancedAccuracy,
        completeAccuracy: ofComplete?.accuracy ?? null,
        completeBalancedAccuracy: ofComplete?.balancedAccuracy ?? null,
      },
    ];
  });
  return { n: test.length, completeObjects: complete.length, rows };
}

interface ClassFigures {
  readonly accuracy: number;
  readonly balancedAccuracy: number;
}
