import type { NamedTensors } from '../../sessions/runtime.ts';
import type { InputQuantiles } from '../../quantile-encoding.ts';

/** What a model is trained on: objects by number, however they are stored. */
export interface TrainingSet {
  /** Objects, numbered from 0. */
  readonly rows: number;
  /** Which objects have each modality, by its name. */
  readonly present: Readonly<Record<string, readonly boolean[]>>;
  /**
   * Some objects, by the names of a model's inputs: a modality's own (zeros where the object lacks it), `present.…`
   * float32 [rows] of every modality, and `label` int64 [rows], −1 for an object without one.
   *
   * @param indices numbers of objects, in any order
   * @returns tensors whose first axis has one row an index, each with a buffer of its own
   */
  read(indices: readonly number[]): Promise<NamedTensors>;
}

/** What a set is to hold of one modality. */
export interface ModalityRows {
  /** `photometry`, `spectra`, … */
  readonly name: string;
  /** Shape of one object's row in each of its inputs, float32, by their names. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** The input that says which of an object's points are there: of 0 and 1, at least one of them 1. */
  readonly mask?: string;
  /**
   * Inputs that are stored as they were computed, [n, width] with NaN where missing, and encoded by quantiles when they
   * are read, to [encodedWidth(width)].
   */
  readonly quantileEncoded?: readonly string[];
}

/** Statistics of stored values by the name of their input, as a model encodes by. */
export type StatisticsByInput = Readonly<Record<string, InputQuantiles>>;
