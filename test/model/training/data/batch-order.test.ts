import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  batchesOf,
  epochOrder,
  rowsOfBatch,
  splitRows,
} from '../../../../model/training/data/batch-order.ts';

const rows = Array.from({ length: 20 }, (_, row) => row);

test('splitRows() puts every row on one side, the same for a seed', () => {
  const split = splitRows(20, { seed: '1', ratio: 0.25 });
  assert.equal(split.validation.length, 5);
  assert.deepEqual(
    [...split.training, ...split.validation].sort((a, b) => a - b),
    rows,
  );
  assert.deepEqual(splitRows(20, { seed: '1', ratio: 0.25 }), split);
  assert.notDeepEqual(splitRows(20, { seed: '2', ratio: 0.25 }), split);
  assert.deepEqual(splitRows(3, { seed: '1', ratio: 0 }), { training: [0, 1, 2], validation: [] });
});

test('epochOrder() shuffles each epoch by itself', () => {
  const first = epochOrder(rows, { seed: '1', epoch: 0 });
  assert.deepEqual(
    [...first].sort((a, b) => a - b),
    rows,
  );
  assert.notDeepEqual(first, epochOrder(rows, { seed: '1', epoch: 1 }));
  assert.deepEqual(first, epochOrder(rows, { seed: '1', epoch: 0 }));
});

test('rowsOfBatch() takes full batches, one after the other', () => {
  assert.equal(batchesOf(20, 6), 3);
  assert.deepEqual(rowsOfBatch(rows, 6, 2), [12, 13, 14, 15, 16, 17]);
});
