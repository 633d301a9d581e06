import { median } from '../../quantiles.ts';
import { modalityRows, objectsHaving, everyObject, type EmbeddedModality } from '../embedded-objects.ts';
import type { EvaluationContext, Skipped } from '../evaluation-context.ts';
import { sampledObjects } from '../evaluation-split.ts';
import { meanRanks, partnerRanks, recallAt, type PartnerRanks } from '../rank-in-gallery.ts';
import { pickRows, unitRows } from '../rows.ts';

/** Most objects that are compared with each other. */
export const RETRIEVAL_OBJECTS_MAX = 5000;
const OBJECTS_MIN = 2;
const PAIRS = [
  ['photometry', 'spectra'],
  ['spectra', 'metadata'],
  ['metadata', 'photometry'],
] as const satisfies readonly (readonly [EmbeddedModality, EmbeddedModality])[];

export interface RetrievalRow {
  readonly from: EmbeddedModality;
  readonly to: EmbeddedModality;
  /** Objects that have both: candidates of each query. */
  readonly n: number;
  readonly recallAt1: number;
  readonly recallAt5: number;
  readonly recallAt10: number;
  /** 1/n, 5/n and 10/n, at most 1. */
  readonly chanceAt1: number;
  readonly chanceAt5: number;
  readonly chanceAt10: number;
  readonly rankMean: number;
  readonly rankMedian: number;
  /** Recall at 1, 2, 3, 4, 5, 6, 8, 10, … up to n. */
  readonly curve: readonly { readonly k: number; readonly recall: number }[];
}

export interface RetrievalFigures {
  /** Objects with at least two modalities that were compared. */
  readonly n: number;
  /** `test` where the data name test objects, else `all`: a drawn split means nothing to the release. */
  readonly objects: 'test' | 'all';
  readonly rows: readonly RetrievalRow[];
}

/** Whether an object's embedding of one modality finds that of another among all. */
export function retrievalTask({ objects, split, seed }: EvaluationContext): RetrievalFigures | Skipped {
  const isGiven = split.origin === 'source';
  const candidates = isGiven ? split.test : everyObject(objects);
  const compared = new Set<number>();
  const rows = PAIRS.flatMap(([from, to]): RetrievalRow[] => {
    const both = objectsHaving(objects, candidates, [from, to]);
    const chosen = sampledObjects(both, objects.ids, {
      seed: `${seed}/retrieval`,
      countMax: RETRIEVAL_OBJECTS_MAX,
    });
    if (chosen.length < OBJECTS_MIN) return [];
    for (const row of chosen) compared.add(row);
    const rowsOf = (modality: EmbeddedModality) =>
      unitRows(pickRows(modalityRows(objects, modality), chosen));
    const { forward, backward } = partnerRanks(rowsOf(from), rowsOf(to));
    return [retrievalRow({ from, to }, forward), retrievalRow({ from: to, to: from }, backward)];
  });
  if (rows.length === 0) return { skipped: 'fewer than two objects have two modalities' };
  return { n: compared.size, objects: isGiven ? 'test' : 'all', rows };
}

function retrievalRow(direction: Pick<RetrievalRow, 'from' | 'to'>, ranks: PartnerRanks): RetrievalRow {
  const n = ranks.better.length;
  const all = meanRanks(ranks);
  return {
    ...direction,
    n,
    recallAt1: recallAt(ranks, 1),
    recallAt5: recallAt(ranks, 5),
    recallAt10: recallAt(ranks, 10),
    chanceAt1: 1 / n,
    chanceAt5: Math.min(1, 5 / n),
    chanceAt10: Math.min(1, 10 / n),
    rankMean: all.reduce((sum, rank) => sum + rank, 0) / n,
    rankMedian: median(all) ?? 0,
    curve: curvePlaces(n).map((k) => ({ k, recall: recallAt(ranks, k) })),
  };
}

/** Whole numbers from 1 to n, each about a fifth more than the one before. */
function curvePlaces(n: number): readonly number[] {
  const places: number[] = [];
  for (let k = 1; k < n; k = Math.ceil(k * 1.2)) places.push(k);
  return [...places, n];
}
