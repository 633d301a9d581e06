import type { Dim, Value } from './types.ts';

/** What a model is fed, by name. */
export interface ModelInputs {
  /** Values whose first axis is the batch: a row for each object. */
  readonly rows: Readonly<Record<string, Value>>;
  /** Values that all objects share. */
  readonly shared: Readonly<Record<string, Value>>;
}

/** How the rows of a model are declared on a graph. */
export interface RowsOptions {
  readonly batch: Dim;
  /** Name of an input on the graph; by default its own. */
  readonly nameOf?: (name: string) => string;
}

/** The rows of one input, which must be there. */
export function inputOf({ rows }: ModelInputs, name: string): Value {
  const value = rows[name];
  if (value === undefined) throw new TypeError(`Cannot encode as the input "${name}" is missing`);
  return value;
}
