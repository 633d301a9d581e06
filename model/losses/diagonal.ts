import type { GraphBuilder } from '../ir/builder.ts';
import { dimPlus, shapeText } from '../ir/dims.ts';
import type { Dim, Value } from '../ir/types.ts';

/**
 * The diagonal of a square matrix.
 *
 * @param x [n, n]
 * @returns [n]
 * @throws TypeError if x is not square
 */
export function diagonalOf(g: GraphBuilder, x: Value): Value {
  const rows = squareRows(x);
  return g.reshape(g.slice(shiftedRows(g, x, rows), 1, 0, 1), [rows]);
}

/**
 * A square matrix apart into its diagonal and all else.
 *
 * @param x [n, n]
 * @returns `diagonal` [n]; `rest` [n, n], the other elements in their order, and n zeros behind them
 * @throws TypeError if x is not square
 */
export function splitDiagonal(g: GraphBuilder, x: Value): { readonly diagonal: Value; readonly rest: Value } {
  const rows = squareRows(x);
  const shifted = shiftedRows(g, x, rows);
  return { diagonal: g.reshape(g.slice(shifted, 1, 0, 1), [rows]), rest: g.slice(shifted, 1, 1) };
}

/**
 * With one row of zeros below, and read again as rows of n + 1, the first column is the diagonal: it needs no identity
 * matrix, whose size may be known only at run time.
 */
function shiftedRows(g: GraphBuilder, x: Value, rows: Dim): Value {
  return g.reshape(g.pad(x, 0, { after: 1 }), [rows, dimPlus(rows, 1)]);
}

function squareRows(x: Value): Dim {
  const [rows, columns] = x.shape;
  if (rows !== undefined && rows === columns && x.shape.length === 2) return rows;
  throw new TypeError(
    `Cannot take a diagonal as the matrix must be square: current value is ${shapeText(x.shape)}`,
  );
}
