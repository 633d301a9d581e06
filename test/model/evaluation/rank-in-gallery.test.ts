import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meanRanks, partnerRanks, recallAt } from '../../../model/evaluation/rank-in-gallery.ts';

test('partnerRanks() is 1 for rows that are each their own nearest', () => {
  const rows = { width: 3, data: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
  const { forward, backward } = partnerRanks(rows, rows);
  for (const ranks of [forward, backward]) {
    assert.deepEqual([...meanRanks(ranks)], [1, 1, 1]);
    assert.equal(recallAt(ranks, 1), 1);
  }
});

test('partnerRanks() differs by direction', () => {
  // Both queries of the first side are nearer to the second row of the other.
  const first = { width: 2, data: Float32Array.of(0.6, 0.8, 0, 1) };
  const second = { width: 2, data: Float32Array.of(1, 0, 0, 1) };
  const { forward, backward } = partnerRanks(first, second);
  assert.deepEqual([...meanRanks(forward)], [2, 1]);
  assert.deepEqual([...meanRanks(backward)], [1, 1]);
});

test('recallAt() of embeddings that are all the same is chance', () => {
  const rows = { width: 2, data: new Float32Array(20).fill(Math.SQRT1_2) };
  const { forward } = partnerRanks(rows, rows);
  assert.ok(Math.abs(recallAt(forward, 1) - 0.1) < 1e-12);
  assert.equal(recallAt(forward, 5), 0.5);
  assert.deepEqual(new Set(meanRanks(forward)), new Set([5.5]));
});
