import { z } from 'zod';
import { quantile } from './quantiles.ts';

/** Ramps that a value is encoded by. */
export const QUANTILE_RAMPS = 12;
const EDGES = QUANTILE_RAMPS + 1;
/** Share of the objects below the first edge, and above the last. */
const TAIL_RATIO = 0.02;

/**
 * Edges of the ramps of each input: quantiles of a release's training objects that have it, in ascending order; `null` for an
 * input that none has.
 */
export const inputQuantilesSchema = z.strictObject({
  edges: z.array(
    z
      .array(z.number())
      .length(EDGES)
      .refine(
        (edges) => edges.every((edge, i) => i === 0 || edge >= edges[i - 1]!),
        'must be in ascending order',
      )
      .nullable(),
  ),
});
export type InputQuantiles = z.infer<typeof inputQuantilesSchema>;

/** Numbers that encode `inputs` values: their ramps, then a flag for each. */
export function encodedWidth(inputs: number): number {
  return (QUANTILE_RAMPS + 1) * inputs;
}

/**
 * Quantiles of rows in which NaN is missing, at 0.02, 0.1, 0.18, … 0.98.
 *
 * @param rows [objects][width]
 * @complexity O(objects · width · log objects)
 */
export function inputQuantiles(rows: readonly ArrayLike<number>[], width: number): InputQuantiles {
  const edges = Array.from({ length: width }, (_, input) => {
    const known = Float64Array.from(rows, (row) => Math.fround(row[input]!)).filter(
      (value) => !Number.isNaN(value),
    );
    known.sort();
    if (known.length === 0) return null;
    return Array.from({ length: EDGES }, (_, edge) => quantile(known, edgeRatio(edge)));
  });
  return { edges };
}

function edgeRatio(edge: number): number {
  return TAIL_RATIO + ((1 - 2 * TAIL_RATIO) * edge) / QUANTILE_RAMPS;
}

/**
 * Values as ramps between quantiles, followed by a flag for each: 1 where known. Ramp t of a value is 0 up to its lower
 * edge, 1 from its upper edge on, and linear between; where both edges are one it is 0 below, ½ at and 1 above it. A missing
 * value has no ramps, nor has one of an input that training objects never had: no weight has learned of it. So every input
 * is bounded whatever its distribution, an outlier cannot drown the rest, and a layer may treat low, middle and high values
 * each in its own way.
 *
 * @param values [n] NaN where missing
 * @returns [encodedWidth(n)] ramps of the first value, of the second, …, then flags; all in 0…1
 * @source Gorishniy et al. 2022, arXiv:2203.05556 (piecewise linear encoding); there the first and the last ramp go on
 *   beyond their edges, which would let an outlier through
 */
export function quantileEncoded(
  values: ArrayLike<number>,
  { edges }: InputQuantiles,
): Float32Array<ArrayBuffer> {
  const n = values.length;
  const encoded = new Float32Array(encodedWidth(n));
  for (let i = 0; i < n; i++) {
    // As values are stored: one that many objects have is an edge itself, and must not fall below it by rounding.
    const value = Math.fround(values[i]!);
    const own = edges[i] ?? null;
    if (own === null || Number.isNaN(value)) continue;
    for (let t = 0; t < QUANTILE_RAMPS; t++)
      encoded[i * QUANTILE_RAMPS + t] = ramp(value, own[t]!, own[t + 1]!);
    encoded[QUANTILE_RAMPS * n + i] = 1;
  }
  return encoded;
}

function ramp(value: number, low: number, high: number): number {
  if (low === high && value === low) return 0.5;
  if (value >= high) return 1;
  return value <= low ? 0 : (value - low) / (high - low);
}
