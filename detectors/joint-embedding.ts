import type { Embedding, ModalityMask, ReferenceBank } from '../core/index.ts';

/** Modalities that a score can rest on, as an embedding names them. */
export type Modality = 'photometry' | 'spectrum' | 'metadata';

/** The modalities of each mask. */
export const MASK_MODALITIES: { readonly [M in ModalityMask]: readonly Modality[] } = {
  P: ['photometry'],
  PM: ['photometry', 'metadata'],
  PS: ['photometry', 'spectrum'],
  PMS: ['photometry', 'metadata', 'spectrum'],
};

/**
 * The mean of an object's unit embeddings over its mask's modalities, made a unit vector again.
 *
 * @returns [dimensions]; zero where the embeddings cancel
 * @throws RangeError if a modality of the mask is missing or has another length
 */
export function jointEmbedding(embedding: Embedding, dimensions: number): Float32Array {
  const parts = MASK_MODALITIES[embedding.mask].map((modality) => {
    const part = embedding[modality];
    if (part?.length !== dimensions)
      throw new RangeError(
        `Cannot join an embedding as its ${modality} must have ${dimensions} dimensions: ` +
          `current value is ${part?.length ?? 'none'}`,
      );
    return part;
  });
  const joint = new Float32Array(dimensions);
  joinInto(joint, parts);
  return joint;
}

/** Reference objects that have all modalities of a mask, with their joint embeddings over them. */
export interface JointRows {
  /** [n] rows of the bank, ascending */
  readonly rows: Int32Array;
  /** [n × dimensions] unit rows */
  readonly vectors: Float32Array;
}

/** The rows that compete under a mask: those with all of its modalities, joined over the same. */
export function jointRows(bank: ReferenceBank, mask: ModalityMask): JointRows {
  const modalities = MASK_MODALITIES[mask];
  const rows = Int32Array.from(
    [...bank.masks.keys()].filter((row) => {
      const own = MASK_MODALITIES[bank.masks[row]!];
      return modalities.every((modality) => own.includes(modality));
    }),
  );
  const { dimensions } = bank;
  const vectors = new Float32Array(rows.length * dimensions);
  for (let i = 0; i < rows.length; i++) {
    const start = rows[i]! * dimensions;
    joinInto(
      vectors.subarray(i * dimensions, (i + 1) * dimensions),
      modalities.map((modality) => columnOf(bank, modality).subarray(start, start + dimensions)),
    );
  }
  return { rows, vectors };
}

function columnOf(bank: ReferenceBank, modality: Modality): Float32Array {
  if (modality === 'spectrum') return bank.spectra;
  return modality === 'metadata' ? bank.metadata : bank.photometry;
}

/** Mean of unit vectors, normalised; summed in float64. */
function joinInto(target: Float32Array, parts: readonly Float32Array[]): void {
  const sums = new Float64Array(target.length);
  for (const part of parts) for (let d = 0; d < sums.length; d++) sums[d]! += part[d]!;
  const norm = Math.hypot(...sums);
  if (!(norm > 1e-12)) return;
  for (let d = 0; d < sums.length; d++) target[d] = sums[d]! / norm;
}
