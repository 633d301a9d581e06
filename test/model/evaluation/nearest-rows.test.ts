import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../core/index.ts';
import { nearestRows } from '../../../model/evaluation/nearest-rows.ts';

test('nearestRows() finds what comparing one by one finds, in any metric and width', () => {
  const random = new Random('nearest');
  for (const width of [1, 3, 4, 7]) {
    const rows = (n: number) => ({
      width,
      data: Float32Array.from({ length: n * width }, () => random.normal()),
    });
    const [queries, references] = [rows(37), rows(23)];
    for (const metric of ['cosine', 'euclidean'] as const) {
      const { indices } = nearestRows({ queries, references, k: 5, metric });
      for (let q = 0; q < 37; q++) {
        const similarity = (r: number): number => {
          let sum = 0;
          for (let j = 0; j < width; j++) {
            const [a, b] = [queries.data[q * width + j] ?? 0, references.data[r * width + j] ?? 0];
            sum += metric === 'cosine' ? a * b : -((a - b) ** 2);
          }
          return sum;
        };
        const expected = Array.from({ length: 23 }, (_, r) => r).sort(
          (a, b) => similarity(b) - similarity(a),
        );
        assert.deepEqual([...indices.subarray(q * 5, q * 5 + 5)], expected.slice(0, 5));
      }
    }
  }
});

test('nearestRows() orders equal references by row, leaves out the excluded, and says where there are too few', () => {
  const rows = { width: 2, data: Float32Array.of(1, 0, 1, 0, 0, 1) };
  const { indices, similarities } = nearestRows({
    queries: rows,
    references: rows,
    k: 3,
    metric: 'cosine',
    excluded: Int32Array.of(0, -1, 2),
  });
  assert.deepEqual([...indices], [1, 2, -1, 0, 1, 2, 0, 1, -1]);
  assert.equal(similarities[2], -Infinity);
});

test('nearestRows() refuses a k that counts nothing and rows of another width', () => {
  const rows = { width: 1, data: Float32Array.of(1) };
  assert.throws(() => nearestRows({ queries: rows, references: rows, k: 0, metric: 'cosine' }), RangeError);
  const wide = { width: 2, data: Float32Array.of(1, 0) };
  assert.throws(() => nearestRows({ queries: rows, references: wide, k: 1, metric: 'cosine' }), RangeError);
});
