import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byteaArray } from '../../../streams/windows/bytea-array.ts';

test('byteaArray() is what PostgreSQL sends for the same array', () => {
  // array_send('{"\\x00ff",""}'::bytea[]) of PostgreSQL 15.
  const expected = '0000000100000000000000110000000200000001' + '0000000200ff' + '00000000';
  assert.equal(byteaArray([Buffer.of(0, 255), Buffer.alloc(0)]).toString('hex'), expected);
});

test('byteaArray() of nothing has no elements', () => {
  assert.equal(byteaArray([]).readInt32BE(12), 0);
});
