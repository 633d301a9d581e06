import { Random } from '../../../core/index.ts';
import { classCentres, cosineToCentre, type ClassCentres } from '../class-centres.ts';
import { labelledObjects } from '../class-index.ts';
import { everyObject, meanEmbeddings, objectsWithAny } from '../embedded-objects.ts';
import { labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { orderedByDraw } from '../evaluation-split.ts';
import { meanAndError, type MeanAndError } from '../mean-and-error.ts';
import { auroc, positivesInTop } from '../ranking-figures.ts';
import { pickRows, rowCount, unitRows, type Rows } from '../rows.ts';

/** Share of the labels that are planted wrong. */
export const PLANTED_RATIO = 0.02;
/** Shares of all objects that somebody looks through, from the largest score down. */
export const INSPECTED_RATIOS = [0.02, 0.05, 0.1] as const;
const OBJECTS_MIN = 20;
const SUSPECTS_MAX = 20;

/** An object whose label, as given, its embedding fits least. */
export interface Suspect {
  readonly objectId: string;
  readonly className: string;
  /** d = 1 − ẑ·c of its label. */
  readonly score: number;
  readonly nearestClass: string;
}

export interface MisclassificationFigures {
  /** Objects with a class. */
  readonly n: number;
  readonly planted: number;
  readonly repetitions: number;
  readonly auroc: MeanAndError;
  /** Share of the planted labels among as many objects with the largest scores. */
  readonly foundInTopPlanted: MeanAndError;
  readonly inspected: readonly {
    readonly inspectedRatio: number;
    /** Share of the planted labels found; by chance it would be `inspectedRatio`. */
    readonly found: MeanAndError;
  }[];
  /** With the labels as given: where to look for wrong ones. */
  readonly suspects: readonly Suspect[];
}

/**
 * Whether wrong labels stand out by d = 1 − ẑ·c_label: labels are changed at random, and looked for again. Centres are made
 * of all objects with the changed labels, but for the object itself.
 */
export function misclassificationTask(context: EvaluationContext): MisclassificationFigures | Skipped {
  const { objects, classes, seed, seeds } = context;
  const rows = objectsWithAny(objects, labelledObjects(classes, everyObject(objects)));
  const labels = labelsOf(classes, rows);
  if (rows.length < OBJECTS_MIN)
    return { skipped: `${OBJECTS_MIN} objects with a class are needed: there are ${rows.length}` };
  if (new Set(labels).size < 2) return { skipped: 'all objects are of one class' };
  const vectors = unitRows(pickRows(meanEmbeddings(objects), rows));
  const ids = Array.from(rows, (row) => objects.ids[row]!);
  const planted = Math.max(1, Math.round(PLANTED_RATIO * rows.length));
  const trials = Array.from({ length: seeds }, (_, i) => {
    const noisy = plantWrongLabels({
      labels,
      ids,
      classCount: classes.names.length,
      planted,
      seed: `${seed}/noise/${i}`,
    });
    const scores = labelDistances(vectors, noisy.labels, classes.names.length);
    return { scores, isPlanted: noisy.isPlanted };
  });
  const summary = (figure: (trial: (typeof trials)[number]) => number): MeanAndError =>
    meanAndError(trials.map(figure));
  const foundIn = (count: number): MeanAndError =>
    summary(({ scores, isPlanted }) => positivesInTop(scores, isPlanted, count) / planted);
  return {
    n: rows.length,
    planted,
    repetitions: seeds,
    auroc: summary(({ scores, isPlanted }) => auroc(scores, isPlanted) ?? 0.5),
    foundInTopPlanted: foundIn(planted),
    inspected: INSPECTED_RATIOS.map((inspectedRatio) => ({
      inspectedRatio,
      found: foundIn(Math.round(inspectedRatio * rows.length)),
    })),
    suspects: suspectsOf({ vectors, labels, ids, names: classes.names }),
  };
}

/** Labels of which some, drawn by the objects' ids, are changed to another class, each other one equally likely. */
export function plantWrongLabels({
  labels,
  ids,
  classCount,
  planted,
  seed,
}: {
  readonly labels: Int32Array;
  readonly ids: readonly string[];
  readonly classCount: number;
  readonly planted: number;
  readonly seed: string;
}): { readonly labels: Int32Array; readonly isPlanted: Uint8Array } {
  const noisy = labels.slice();
  const isPlanted = new Uint8Array(labels.length);
  for (const row of orderedByDraw(Int32Array.from(labels.keys()), ids, seed).subarray(0, planted)) {
    const shift = 1 + Random.forPurpose(seed, `label ${ids[row]!}`).below(classCount - 1);
    noisy[row] = (labels[row]! + shift) % classCount;
    isPlanted[row] = 1;
  }
  return { labels: noisy, isPlanted };
}

/**
 * d = 1 − ẑ·c of each object's label, the centre without the object itself.
 *
 * @param vectors [n × width] unit rows
 * @returns [n] in [0, 2]; 2 where no other object has the label
 */
export function labelDistances(vectors: Rows, labels: Int32Array, classCount: number): Float64Array {
  const centres = classCentres(vectors, labels, classCount);
  return Float64Array.from({ length: rowCount(vectors) }, (_, row) => {
    const cosine = cosineToCentre({ centres, rows: vectors, row, own: labels[row]!, isMember: true });
    return cosine === -Infinity ? 2 : 1 - cosine;
  });
}

function suspectsOf({
  vectors,
  labels,
  ids,
  names,
}: {
  readonly vectors: Rows;
  readonly labels: Int32Array;
  readonly ids: readonly string[];
  readonly names: readonly string[];
}): readonly Suspect[] {
  const scores = labelDistances(vectors, labels, names.length);
  const centres = classCentres(vectors, labels, names.length);
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return Array.from(order.subarray(0, SUSPECTS_MAX), (row) => ({
    objectId: ids[row]!,
    className: names[labels[row]!]!,
    score: scores[row]!,
    nearestClass: names[nearestOther({ centres, vectors, row, own: labels[row]! })]!,
  }));
}

/** The class whose centre, without the object itself, is nearest. */
function nearestOther({
  centres,
  vectors,
  row,
  own,
}: {
  readonly centres: ClassCentres;
  readonly vectors: Rows;
  readonly row: number;
  readonly own: number;
}): number {
  let [best, most] = [own, -Infinity];
  for (let other = 0; other < centres.counts.length; other++) {
    const cosine = cosineToCentre({ centres, rows: vectors, row, own: other, isMember: other === own });
    if (cosine > most) [best, most] = [other, cosine];
  }
  return best;
}
