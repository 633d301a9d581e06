import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodedWidth,
  inputQuantiles,
  inputQuantilesSchema,
  QUANTILE_RAMPS,
  quantileEncoded,
} from '../../model/quantile-encoding.ts';

/** 0, 1, … 100: the quantile q is 100q, so that the edges are 2, 10, 18, … 98. */
const HUNDRED = Array.from({ length: 101 }, (_, i) => [i]);
const ramps = (value: number, rows = HUNDRED): number[] => [
  ...quantileEncoded([value], inputQuantiles(rows, 1)).subarray(0, QUANTILE_RAMPS),
];

test('inputQuantiles() are 2 % to 98 % of the known values, evenly', () => {
  const { edges } = inputQuantiles([...HUNDRED, [Number.NaN]], 1);
  const expected = Array.from({ length: QUANTILE_RAMPS + 1 }, (_, i) => 2 + 8 * i);
  // Interpolated between ranks in float64.
  for (const [i, edge] of (edges[0] ?? []).entries()) assert.ok(Math.abs(edge - (expected[i] ?? 0)) < 1e-9);
  assert.deepEqual(inputQuantiles([[Number.NaN]], 1), { edges: [null] });
});

test('quantileEncoded() fills ramp after ramp as a value grows, and no further beyond the ends', () => {
  const sum = (value: number): number => ramps(value).reduce((total, ramp) => total + ramp, 0);
  assert.equal(sum(-1e9), 0);
  assert.equal(sum(2), 0);
  assert.ok(Math.abs(sum(14) - 1.5) < 1e-6);
  assert.deepEqual(
    ramps(14).map((ramp) => Math.round(100 * ramp)),
    [100, 50, ...new Array<number>(10).fill(0)],
  );
  assert.equal(sum(98), QUANTILE_RAMPS);
  assert.equal(sum(1e9), QUANTILE_RAMPS);
});

test('quantileEncoded() steps where many objects have one value, and tells what lies below and above it', () => {
  const alike = [...Array.from({ length: 99 }, () => [0]), [5]];
  assert.deepEqual(
    [-1, 0, 3].map((value) => ramps(value, alike)),
    [0, 0.5, 1].map((ramp) => new Array<number>(QUANTILE_RAMPS).fill(ramp)),
  );
  // Edges: eight times 0, five times 1.
  const rows = Array.from({ length: 100 }, (_, i) => [i < 60 ? 0 : 1]);
  const sums = [-1, 0, 1, 2].map((value) => ramps(value, rows).reduce((sum, ramp) => sum + ramp, 0));
  assert.deepEqual(sums, [0, 7 / 2, 8 + 4 / 2, QUANTILE_RAMPS]);
});

test('quantileEncoded() takes an input that no training object had for missing', () => {
  const quantiles = inputQuantiles(
    [
      [Number.NaN, 0],
      [Number.NaN, 1],
    ],
    2,
  );
  assert.deepEqual(quantileEncoded([7, 1], quantiles), quantileEncoded([Number.NaN, 1], quantiles));
});

test('quantileEncoded() flags what is known, and gives a missing value no ramps', () => {
  const quantiles = inputQuantiles(
    [
      [0, 0],
      [1, 1],
    ],
    2,
  );
  const encoded = quantileEncoded([Number.NaN, 2], quantiles);
  assert.equal(encoded.length, encodedWidth(2));
  assert.deepEqual([...encoded.subarray(0, QUANTILE_RAMPS)], new Array<number>(QUANTILE_RAMPS).fill(0));
  assert.deepEqual([...encoded.subarray(2 * QUANTILE_RAMPS)], [0, 1]);
});

test('inputQuantilesSchema refuses edges that are not in order, or not as many', () => {
  const edges = Array.from({ length: QUANTILE_RAMPS + 1 }, (_, i) => i);
  assert.equal(inputQuantilesSchema.safeParse({ edges: [edges] }).success, true);
  assert.equal(inputQuantilesSchema.safeParse({ edges: [edges.toReversed()] }).success, false);
  assert.equal(inputQuantilesSchema.safeParse({ edges: [edges.slice(1)] }).success, false);
});
