import { classHeadOf, classLogitsOf, embedData } from '../../model/index.ts';
import type { EmbeddedData, Release } from '../../model/index.ts';
import type { PreparedSet } from './prepared-set.ts';

/** Embeddings of rows of a prepared set, and the logits that the release's head gives of them. */
export interface EmbeddedSet extends EmbeddedData {
  /** [rows × classes] of the objects' mean embeddings over `modalities`; `null` without a head */
  readonly logits: Float64Array | null;
}

export async function embedSet(
  release: Release,
  set: PreparedSet,
  rows: readonly number[],
  { workers, modalities }: { readonly workers: number; readonly modalities: readonly string[] },
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
