import type { Embedding, Neighbour, ReferenceBank } from '../core/index.ts';

/** What a detector says of one object. */
export interface Detection {
  /** Larger is more novel. Finite. */
  readonly score: number;
  /** The reference objects that the score rests on, nearest first; empty where a detector has none. */
  readonly neighbours: readonly Neighbour[];
}

/**
 * Scores how unlike the known objects an embedding is. Frozen: the same embedding gives the same detection. A score is
 * conditional on the embedding's mask, and depends on the modalities in it alone.
 */
export interface Detector {
  detect(embedding: Embedding): Detection;
}

export interface DetectorOptions {
  /** k: reference objects that a score rests on; 1 to 100. */
  readonly neighbours: number;
}

/** One kind of detector. */
export interface DetectorKind {
  /** One sentence for a reader of scores. */
  readonly description: string;
  /** @throws RangeError if the bank's columns do not fit together, or an option is out of range */
  create(bank: ReferenceBank, options: DetectorOptions): Detector;
}
