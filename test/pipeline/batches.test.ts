import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatMap, lastValueFrom, toArray } from 'rxjs';
import { Places, nextItems, pulledBatches } from '../../pipeline/batches.ts';

const UNWEIGHED = { bytesMax: 1, bytesOf: () => 0 };

async function* counted(count: number): AsyncGenerator<number, void, undefined> {
  for (let i = 0; i < count; i++) {
    await Promise.resolve();
    yield i;
  }
}

async function batchesOf(
  items: AsyncIterator<number>,
  limits: { readonly size: number; readonly bytesMax: number; readonly bytesOf: (item: number) => number },
): Promise<readonly (readonly number[])[]> {
  const batches: (readonly number[])[] = [];
  for (;;) {
    const batch = await nextItems(items, limits);
    if (batch.length === 0) return batches;
    batches.push(batch);
  }
}

test('nextItems() gives every item once, in order, the last batch being the shorter one', async () => {
  const batches = await batchesOf(counted(7), { ...UNWEIGHED, size: 3 });
  assert.deepEqual(batches, [[0, 1, 2], [3, 4, 5], [6]]);
});

test('nextItems() ends a batch with the item that reaches its bytes', async () => {
  const batches = await batchesOf(counted(7), { size: 3, bytesMax: 5, bytesOf: (item) => item });
  assert.deepEqual(batches, [[0, 1, 2], [3, 4], [5], [6]]);
});

test('pulledBatches() asks for the next batch when the last one is taken, and ends with none', async () => {
  let pulled = 0;
  const seen: number[] = [];
  const batches = pulledBatches(() => Promise.resolve(pulled < 3 ? ++pulled : null)).pipe(
    concatMap((batch) => {
      seen.push(pulled);
      return [batch];
    }),
    toArray(),
  );
  assert.deepEqual(await lastValueFrom(batches), [1, 2, 3]);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('pulledBatches() ends with the error of its source', async () => {
  const failing = pulledBatches(() => Promise.reject(new Error('source broke')));
  await assert.rejects(lastValueFrom(failing), /source broke/);
});

test('Places lets as many callers in as it has places, and the others in their order', async () => {
  const places = new Places(1);
  const entered: string[] = [];
  await places.acquire();
  const waiting = ['a', 'b'].map(async (name) => {
    await places.acquire();
    entered.push(name);
    places.release();
  });
  await new Promise(setImmediate);
  assert.deepEqual(entered, []);
  places.release();
  await Promise.all(waiting);
  assert.deepEqual(entered, ['a', 'b']);
});
