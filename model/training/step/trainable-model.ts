import type { GraphBuilder } from '../../ir/builder.ts';
import type { Dropout } from '../../ir/dropout.ts';
import type { ModelInputs } from '../../ir/model-inputs.ts';
import type { Value } from '../../ir/types.ts';

/** Values by name, the batch as their first axis; float32. */
export type Features = Readonly<Record<string, Value>>;

/** What a step makes smaller, and what else is told of it. */
export interface Objective {
  /** float32 scalar */
  readonly loss: Value;
  /** float32 scalars by name, such as the parts of the loss. */
  readonly metrics: Readonly<Record<string, Value>>;
}

/**
 * A model with its loss, in two parts: what is computed for each object alone, and what needs the whole batch. So a large
 * batch can be encoded in pieces, within one graph or over several runs, with the exact gradient of the whole.
 */
export interface TrainableModel {
  /** Declares on a graph what each object's encoding needs. */
  inputs(g: GraphBuilder, batch: number): ModelInputs;
  /** Encodes some objects; each row depends on its own inputs alone. */
  encode(g: GraphBuilder, inputs: ModelInputs, dropout: Dropout): Features;
  /** The loss over the features of a whole batch; it may declare further inputs, such as labels. */
  objective(g: GraphBuilder, features: Features, batch: number): Objective;
}
