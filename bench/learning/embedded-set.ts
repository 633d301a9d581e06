import {
  classHeadOf,
  classificationReport,
  classLogitsOf,
  embedData,
  predictedClasses,
} from '../../model/index.ts';
import type { ClassificationReport, EmbeddedData, Release, Rows } from '../../model/index.ts';
import type { PreparedSet } from './prepared-set.ts';
import { labelsOfRows } from './splits.ts';

/** Embeddings of rows of a prepared set, and the logits that the release's head gives of them. */
export interface EmbeddedSet extends EmbeddedData {
  /** [rows × classes] of the objects' mean embeddings over `modalities`; `null` without a head */
  readonly logits: Float64Array | null;
}

export interface EmbedSetOptions {
  readonly workers: number;
  /** Whose mean the head is asked about. */
  readonly modalities: readonly string[];
}

export async function embedSet(
  release: Release,
  set: PreparedSet,
  rows: readonly number[],
  { workers, modalities }: EmbedSetOptions,
): Promise<EmbeddedSet> {
  const embedded = await embedData({ release, dataFile: set.file, rows, workers });
  const head = classHeadOf(release);
  if (head === null) return { ...embedded, logits: null };
  const { dimensions } = embedded;
  const count = head.classes.length;
  const logits = new Float64Array(rows.length * count);
  for (let i = 0; i < rows.length; i++) {
    const shown = modalities.flatMap((name) => {
      const own = embedded.modalities[name];
      return own?.present[i] === true ? [own.vectors.subarray(i * dimensions, (i + 1) * dimensions)] : [];
    });
    if (shown.length > 0) logits.set(classLogitsOf(head, shown), i * count);
  }
  return { ...embedded, logits };
}

/** [rows × dimensions] embeddings of light curves alone. */
export function photometryOf({ dimensions, modalities }: EmbeddedSet): Rows {
  const { vectors = new Float32Array() } = modalities['photometry'] ?? {};
  return { width: dimensions, data: vectors };
}

/** How well a release's head tells the classes of rows. */
export async function classesTold(
  release: Release,
  set: PreparedSet,
  rows: readonly number[],
  options: EmbedSetOptions,
): Promise<ClassificationReport> {
  const { logits } = await embedSet(release, set, rows, options);
  const predicted = predictedClasses(logits ?? new Float64Array(), set.classes.length);
  return classificationReport(labelsOfRows(set, rows), predicted, set.classes);
}
