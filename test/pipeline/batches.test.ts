import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatMap, lastValueFrom, toArray } from 'rxjs';
import { Places, pulledBatches } from '../../pipeline/batches.ts';

const UNWEIGHED = { bytesMax: 1, bytesOf: () => 0 };

function counted(count: number): { items: AsyncIterator<number>; given: () => number } {
  let given = 0;
  async function* generate(): AsyncGenerator<number, void, undefined> {
    for (let i = 0; i < count; i++) {
      await Promise.resolve();
      given++;
      yield i;
    }
  }
  return { items: generate(), given: () => given };
}

test('pulledBatches() gives every item once, in order, the last batch being the shorter one', async () => {
  const places = new Places(2);
  const batches = await lastValueFrom(
    pulledBatches(counted(7).items, { ...UNWEIGHED, size: 3, places }).pipe(
      concatMap((batch) => {
        places.release();
        return [batch];
      }),
      toArray(),
    ),
  );
  assert.deepEqual(batches, [[0, 1, 2], [3, 4, 5], [6]]);
});

test('pulledBatches() ends a batch with the item that reaches its bytes', async () => {
  const places = new Places(9);
  const limits = { size: 3, bytesMax: 5, bytesOf: (item: number) => item, places };
  const batches = await lastValueFrom(pulledBatches(counted(7).items, limits).pipe(toArray()));
  assert.deepEqual(batches, [[0, 1, 2], [3, 4], [5], [6]]);
});

test('pulledBatches() does not run ahead of the places that its taker gives back', async () => {
  const places = new Places(2);
  const { items, given } = counted(100);
  const ahead: number[] = [];
  let done = 0;
  await lastValueFrom(
    pulledBatches(items, { ...UNWEIGHED, size: 5, places }).pipe(
      concatMap(async (batch) => {
        // Many turns of the event loop, in which a source without back-pressure would read on.
        for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
        done += batch.length;
        ahead.push(given() - done);
        places.release();
      }),
    ),
  );
  assert.equal(done, 100);
  assert.ok(Math.max(...ahead) <= 5, `${Math.max(...ahead)} items read ahead of one batch under way`);
});

test('pulledBatches() ends with the error of its source', async () => {
  async function* failing(): AsyncGenerator<number, void, undefined> {
    yield 1;
    await Promise.resolve();
    throw new Error('source broke');
  }
  const places = new Places(3);
  await assert.rejects(
    lastValueFrom(pulledBatches(failing(), { ...UNWEIGHED, size: 1, places })),
    /source broke/,
  );
});
