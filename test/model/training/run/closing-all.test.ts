import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingAll } from '../../../../model/training/run/closing-all.ts';
import type { Closable } from '../../../../model/training/run/closing-all.ts';

test('closingAll() closes every part, the last first, and keeps the first error', async () => {
  const closed: string[] = [];
  const part = (name: string, fails: boolean): Closable => ({
    close: () => {
      closed.push(name);
      return fails ? Promise.reject(new Error(`${name} fails`)) : Promise.resolve();
    },
  });
  const attempt = (error: Error | null): Promise<string> =>
    closingAll((opened) => {
      for (const name of ['a', 'b', 'c']) opened(part(name, name !== 'a'));
      return error === null ? Promise.resolve('done') : Promise.reject(error);
    });
  await assert.rejects(attempt(new Error('the action fails')), /the action fails/);
  assert.deepEqual(closed, ['c', 'b', 'a']);
  await assert.rejects(attempt(null), /c fails/);
  assert.deepEqual(closed, ['c', 'b', 'a', 'c', 'b', 'a']);
  assert.equal(await closingAll(() => Promise.resolve(1)), 1);
});
