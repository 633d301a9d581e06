import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted } from '../../core/index.ts';

test('counted() has a singular for one alone', () => {
  const texts = [0, 1, 2, 1n, 11n].map((count) => counted(count, 'dead letter'));
  assert.deepEqual(texts, [
    '0 dead letters',
    '1 dead letter',
    '2 dead letters',
    '1 dead letter',
    '11 dead letters',
  ]);
});
