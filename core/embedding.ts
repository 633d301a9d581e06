import type { ModalityMask } from './score.ts';

/** Unit vectors of one object, one per modality that it has; a missing modality is `null`. */
export interface Embedding {
  readonly mask: ModalityMask;
  /** [dimensions], ‖·‖ = 1 */
  readonly photometry: Float32Array;
  readonly spectrum: Float32Array | null;
  readonly metadata: Float32Array | null;
}

/** An embedding with what its embedder wants to be given with the object the next time. */
export interface EmbeddedObject extends Embedding {
  /** At most 64 bytes, for `JoinedObject.keptPeriods`; `null` or absent where nothing is new. */
  readonly periodsToKeep?: Uint8Array | null;
}

/** The objects that a release compares with: frozen in it, with labels. Rows of a modality that an object lacks are zero. */
export interface ReferenceBank {
  readonly dimensions: number;
  readonly objectIds: readonly string[];
  readonly labels: readonly string[];
  readonly masks: readonly ModalityMask[];
  /** [objects × dimensions] unit rows */
  readonly photometry: Float32Array;
  /** [objects × dimensions] unit rows */
  readonly spectra: Float32Array;
  /** [objects × dimensions] unit rows */
  readonly metadata: Float32Array;
}
