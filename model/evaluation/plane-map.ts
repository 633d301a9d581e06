import { UMAP } from 'umap-js';
import { Random } from '../../core/index.ts';
import { nearestRows } from './nearest-rows.ts';
import { rowCount, unitRows, type Rows } from './rows.ts';

export interface PlaneMapOptions {
  /** [n × width], n ≥ `PLANE_OBJECTS_MIN` */
  readonly rows: Rows;
  /** Places the points that the optimisation begins from. */
  readonly seed: string;
  /** 45 as published; less where there are fewer than ten times as many objects. */
  readonly neighbours?: number;
  /** How near points may lie, where 1 is the scale of the plane; 0.7 as published. */
  readonly minDist?: number;
}

export interface PlaneMap {
  /** [n × 2] */
  readonly places: Rows;
  readonly neighbours: number;
  readonly minDist: number;
}

/** Fewer points have no neighbourhoods to speak of. */
export const PLANE_OBJECTS_MIN = 12;
const PUBLISHED = { neighbours: 45, minDist: 0.7 } as const;
const NEIGHBOURS_MIN = 5;
const OBJECTS_PER_NEIGHBOUR = 10;

/**
 * Objects on a plane by UMAP on cosine distance, with exact neighbours: those who are near in the embedding lie near each
 * other. Distances across the plane say little. The same rows and seed give the same plane on machines of the same kind.
 *
 * The only file that knows umap-js.
 *
 * @throws RangeError for fewer than `PLANE_OBJECTS_MIN` objects
 * @source McInnes, Healy & Melville 2018, arXiv:1802.03426; Rizhko & Bloom 2024 for 45 and 0.7
 */
export function planeMap({
  rows,
  seed,
  neighbours = PUBLISHED.neighbours,
  minDist = PUBLISHED.minDist,
}: PlaneMapOptions): PlaneMap {
  const n = rowCount(rows);
  if (n < PLANE_OBJECTS_MIN)
    throw new RangeError(
      `Cannot draw a map as at least ${PLANE_OBJECTS_MIN} objects are needed: current count is ${n}`,
    );
  const k = Math.min(neighbours, Math.max(NEIGHBOURS_MIN, Math.floor(n / OBJECTS_PER_NEIGHBOUR)));
  const unit = unitRows(rows);
  const nearest = nearestRows({
    queries: unit,
    references: unit,
    k: k - 1,
    metric: 'cosine',
    excluded: Int32Array.from({ length: n }, (_, i) => i),
  });
  const random = Random.forPurpose(seed, 'map');
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: k,
    minDist,
    random: () => random.uniform(),
  });
  // umap-js counts an object as its own first neighbour.
  const own = (i: number): [number, number] => [i * (k - 1), (i + 1) * (k - 1)];
  const all = Array.from({ length: n }, (_, i) => i);
  umap.setPrecomputedKNN(
    all.map((i) => [i, ...nearest.indices.subarray(...own(i))]),
    all.map((i) => [
      0,
      ...Array.from(nearest.similarities.subarray(...own(i)), (cosine) => Math.max(0, 1 - cosine)),
    ]),
  );
  const { width, data } = unit;
  const places = umap.fit(all.map((i) => Array.from(data.subarray(i * width, (i + 1) * width))));
  return { places: { width: 2, data: Float32Array.from(places.flat()) }, neighbours: k, minDist };
}
