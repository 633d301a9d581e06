import type { Value } from '../ir/types.ts';

/** A loss that is watched by name while a model is trained. */
export interface NamedLoss {
  readonly name: string;
  /** float32 scalar */
  readonly loss: Value;
}
