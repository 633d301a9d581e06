import { everyObject, meanEmbeddings, objectsWithAny } from '../embedded-objects.ts';
import { labelsOf, type EvaluationContext, type Skipped } from '../evaluation-context.ts';
import { sampledObjects } from '../evaluation-split.ts';
import { neighbourPurity, type PurityOptions } from '../neighbour-purity.ts';
import { PLANE_OBJECTS_MIN, planeMap } from '../plane-map.ts';
import { pickRows, unitRows, type Rows } from '../rows.ts';

export interface MapFigures {
  /** Objects on the map. */
  readonly n: number;
  readonly neighbours: number;
  readonly minDist: number;
  /** Mean share of the nearest 10 that are of an object's class: on the map, in the embedding, and by chance. */
  readonly planePurity: number | null;
  readonly embeddingPurity: number | null;
  readonly chance: number | null;
  /** On the map, by class. */
  readonly perClass: readonly {
    readonly className: string;
    readonly n: number;
    readonly planePurity: number;
  }[];
}

/** Where each object lies on the map. */
export interface MapPoints {
  readonly ids: readonly string[];
  /** `null` where the class is not known, or too small to count */
  readonly classNames: readonly (string | null)[];
  /** [n × 2] */
  readonly places: Rows;
}

/** The mean embeddings on a plane, and how pure neighbourhoods are there. */
export function mapTask(
  context: EvaluationContext,
): { readonly figures: MapFigures; readonly points: MapPoints } | Skipped {
  const { objects, classes, seed, mapObjectsMax } = context;
  const usable = objectsWithAny(objects, everyObject(objects));
  const chosen = sampledObjects(usable, objects.ids, { seed: `${seed}/map`, countMax: mapObjectsMax });
  if (chosen.length < PLANE_OBJECTS_MIN)
    return { skipped: `${PLANE_OBJECTS_MIN} objects are needed: there are ${chosen.length}` };
  const rows = unitRows(pickRows(meanEmbeddings(objects), chosen));
  const { places, neighbours, minDist } = planeMap({ rows, seed });
  const labels = labelsOf(classes, chosen);
  const queries = Int32Array.from([...labels.keys()].filter((i) => labels[i]! >= 0));
  const purityOf = (space: Rows, metric: PurityOptions['metric']) =>
    neighbourPurity(
      {
        rows: space,
        labels,
        classCount: classes.names.length,
        queries,
        queryRows: pickRows(space, queries),
        metric,
      },
      classes.names,
    );
  const plane = purityOf(places, 'euclidean');
  return {
    figures: {
      n: chosen.length,
      neighbours,
      minDist,
      planePurity: plane?.purity ?? null,
      embeddingPurity: purityOf(rows, 'cosine')?.purity ?? null,
      chance: plane?.chance ?? null,
      perClass: (plane?.perClass ?? []).map(({ className, n, purity }) => ({
        className,
        n,
        planePurity: purity,
      })),
    },
    points: {
      ids: Array.from(chosen, (row) => objects.ids[row]!),
      classNames: Array.from(labels, (own) => (own < 0 ? null : classes.names[own]!)),
      places,
    },
  };
}
