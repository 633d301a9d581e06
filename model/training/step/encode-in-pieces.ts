import type { GraphBuilder } from '../../ir/builder.ts';
import type { Dropout } from '../../ir/dropout.ts';
import type { ModelInputs } from '../../ir/model-inputs.ts';
import type { Value } from '../../ir/types.ts';
import type { Features, TrainableModel } from './trainable-model.ts';

export interface PiecesOptions {
  readonly batch: number;
  /** Objects that are encoded at a time. */
  readonly pieceRows: number;
  readonly dropout: DropoutRows;
}

/** Dropout for the rows `first` … `first + count` − 1 of a batch. */
export type DropoutRows = (rows: RowRange) => Dropout;

export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/**
 * Writes the encoders once for each piece of a batch. The result is the same; but what one operation leaves is still in the
 * processor's cache when the next one reads it, which for a transformer on a CPU is worth more than large products.
 *
 * @returns features of the whole batch
 */
export function encodeInPieces(
  g: GraphBuilder,
  model: TrainableModel,
  { batch, pieceRows, dropout }: PiecesOptions,
): Features {
  const inputs = model.inputs(g, batch);
  const pieces: Features[] = [];
  for (let first = 0; first < batch; first += pieceRows) {
    const rows = { first, count: Math.min(pieceRows, batch - first) };
    pieces.push(model.encode(g, rowsOf(g, inputs, { ...rows, batch }), dropout(rows)));
  }
  const [piece = {}] = pieces;
  return Object.fromEntries(
    Object.keys(piece).map((name) => [
      name,
      joined(
        g,
        pieces.map((features) => features[name]!),
      ),
    ]),
  );
}

function joined(g: GraphBuilder, values: readonly Value[]): Value {
  return values.length === 1 ? values[0]! : g.concat(values, 0);
}

function rowsOf(
  g: GraphBuilder,
  { rows, shared }: ModelInputs,
  { first, count, batch }: RowRange & { readonly batch: number },
): ModelInputs {
  if (count === batch) return { rows, shared };
  const part = Object.entries(rows).map(([name, value]) => [name, g.slice(value, 0, first, first + count)]);
  return { rows: Object.fromEntries(part) as ModelInputs['rows'], shared };
}
