import type { GraphBuilder } from '../../ir/builder.ts';
import type { Dropout } from '../../ir/dropout.ts';
import type { ModelInputs, RowsOptions } from '../../ir/model-inputs.ts';
import type { Value } from '../../ir/types.ts';

/** One modality of a profile, as training sees it. */
export interface ModalityEncoder {
  /** `photometry`, `spectra`, … */
  readonly name: string;
  /** Stands for it in the names of pairs: `p`, `s`, … */
  readonly key: string;
  /** Declares what each object gives. */
  rows(g: GraphBuilder, options: RowsOptions): ModelInputs['rows'];
  /** Declares what all objects share. */
  shared(g: GraphBuilder): ModelInputs['shared'];
  /** @returns float32 [batch, width] */
  encode(g: GraphBuilder, inputs: ModelInputs, dropout: Dropout): Value;
  /** From the encoding to the embedding, [batch, dimensions], not normalised. */
  project(g: GraphBuilder, encoding: Value): Value;
}
