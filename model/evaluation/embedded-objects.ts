import type { DataSplit } from '../../core/index.ts';
import type { Rows } from './rows.ts';

/** The kinds of input that have an embedding of their own. */
export const EMBEDDED_MODALITIES = ['photometry', 'spectra', 'metadata'] as const;
export type EmbeddedModality = (typeof EMBEDDED_MODALITIES)[number];

/** Embeddings of the objects of a data set, as every evaluation takes them. All lists have one entry an object. */
export interface EmbeddedObjects {
  readonly ids: readonly string[];
  /** `null` where the class is not known. */
  readonly classNames: readonly (string | null)[];
  readonly surveys: readonly string[];
  readonly splits: readonly (DataSplit | null)[];
  /** Length of an embedding's vectors. */
  readonly dimensions: number;
  /** [objects × dimensions] unit rows; zero where the object lacks the modality */
  readonly vectors: Readonly<Record<EmbeddedModality, Float32Array>>;
  /** [objects] 1 where the object has the modality */
  readonly present: Readonly<Record<EmbeddedModality, Uint8Array>>;
  /** [objects × features] what is known of each object without a model, NaN where missing; `null` where there is none. */
  readonly features: Rows | null;
}

/** The mean of each object's embeddings over those of `modalities` that it has, not normalised; zero where it has none. */
export function meanEmbeddings(
  { dimensions, vectors, present, ids }: EmbeddedObjects,
  modalities: readonly EmbeddedModality[] = EMBEDDED_MODALITIES,
): Rows {
  const data = new Float32Array(ids.length * dimensions);
  for (let row = 0; row < ids.length; row++) {
    const having = modalities.filter((modality) => present[modality][row] === 1);
    for (const modality of having) {
      const own = vectors[modality];
      for (let j = row * dimensions; j < (row + 1) * dimensions; j++)
        data[j] = data[j]! + own[j]! / having.length;
    }
  }
  return { width: dimensions, data };
}

/** The embeddings of one modality. */
export function modalityRows({ dimensions, vectors }: EmbeddedObjects, modality: EmbeddedModality): Rows {
  return { width: dimensions, data: vectors[modality] };
}

/** Those of some objects that have each of some modalities, in order. */
export function objectsHaving(
  { present }: EmbeddedObjects,
  candidates: Int32Array,
  modalities: readonly EmbeddedModality[],
): Int32Array {
  return candidates.filter((row) => modalities.every((modality) => present[modality][row] === 1));
}

/** Those of some objects that have any modality at all, in order. */
export function objectsWithAny(objects: EmbeddedObjects, candidates: Int32Array): Int32Array {
  const { present } = objects;
  return candidates.filter((row) => EMBEDDED_MODALITIES.some((modality) => present[modality][row] === 1));
}

/** All rows of some objects: 0 to n − 1. */
export function everyObject({ ids }: EmbeddedObjects): Int32Array {
  return Int32Array.from(ids.keys());
}
