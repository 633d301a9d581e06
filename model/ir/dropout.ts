import type { GraphBuilder } from './builder.ts';
import type { Value } from './types.ts';

/** Sets a share of a value's elements to zero in training; `site` names the place, once in a model. */
export type Dropout = (g: GraphBuilder, x: Value, site: string) => Value;

/** What inference does: nothing. */
export const noDropout: Dropout = (_, x) => x;
