import { labelledObjects } from '../class-index.ts';
import { everyObject, meanEmbeddings, objectsWithAny } from '../embedded-objects.ts';
import { labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { sampledObjects } from '../evaluation-split.ts';
import { neighbourPurity, PURITY_NEIGHBOURS, type ClassPurities } from '../neighbour-purity.ts';
import { pickRows, unitRows } from '../rows.ts';

/** Most objects that neighbours are looked for among, and for. */
const REFERENCES_MAX = 20_000;
const QUERIES_MAX = 4000;

export interface SimilarityFigures extends ClassPurities {
  readonly neighbours: number;
  /** Objects that neighbours were looked for among. */
  readonly references: number;
}

/** How many of an object's nearest by the mean embedding are of its class. */
export function similarityTask({ objects, classes, seed }: EvaluationContext): SimilarityFigures | Skipped {
  const labelled = objectsWithAny(objects, labelledObjects(classes, everyObject(objects)));
  const sample = (rows: Int32Array, countMax: number): Int32Array =>
    sampledObjects(rows, objects.ids, { seed: `${seed}/similarity`, countMax });
  const references = sample(labelled, REFERENCES_MAX);
  const places = new Map(Array.from(references, (row, i) => [row, i] as const));
  const rows = unitRows(pickRows(meanEmbeddings(objects), references));
  const queries = sample(references, QUERIES_MAX).map((row) => places.get(row)!);
  const purities = neighbourPurity(
    {
      rows,
      labels: labelsOf(classes, references),
      classCount: classes.names.length,
      queries,
      queryRows: pickRows(rows, queries),
      metric: 'cosine',
    },
    classes.names,
  );
  if (purities === null) return { skipped: 'fewer than two objects have a class and an embedding' };
  return { ...purities, neighbours: PURITY_NEIGHBOURS, references: references.length };
}
