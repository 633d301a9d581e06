/** Vectors of one length, one after the other. */
export interface Rows {
  /** ≥ 1 */
  readonly width: number;
  /** [count × width] */
  readonly data: Float32Array;
}

export function rowCount({ data, width }: Rows): number {
  return data.length / width;
}

/** Some of the rows, in the order asked for; a row may come several times. */
export function pickRows({ data, width }: Rows, picked: ArrayLike<number>): Rows {
  const chosen = new Float32Array(picked.length * width);
  for (let i = 0; i < picked.length; i++) {
    const from = picked[i]! * width;
    chosen.set(data.subarray(from, from + width), i * width);
  }
  return { width, data: chosen };
}

/** Each row divided by its norm; a row of zeros stays one. */
export function unitRows(rows: Rows): Rows {
  const { width } = rows;
  const data = rows.data.slice();
  for (let start = 0; start < data.length; start += width) {
    let squares = 0;
    for (let j = start; j < start + width; j++) squares += data[j]! * data[j]!;
    if (squares === 0) continue;
    const scale = 1 / Math.sqrt(squares);
    for (let j = start; j < start + width; j++) data[j] = data[j]! * scale;
  }
  return { width, data };
}
