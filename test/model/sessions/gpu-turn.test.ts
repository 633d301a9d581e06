import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GpuTurn, releaseTurnOf } from '../../../model/sessions/gpu-turn.ts';

const newTurn = (): Int32Array<SharedArrayBuffer> => new Int32Array(new SharedArrayBuffer(4));

test('GpuTurn.take() does the work of a thread one after the other, and goes on after a failure', async () => {
  const turn = newTurn();
  const mine = new GpuTurn(turn, 3);
  const seen: string[] = [];
  const work = (name: string) => async () => {
    assert.equal(turn[0], 3, 'held by this thread');
    seen.push(`${name} begins`);
    await nextTurn();
    seen.push(`${name} ends`);
    if (name === 'b') throw new Error('b fails');
    return name;
  };
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => mine.take(work(name))));
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  assert.equal(turn[0], 0, 'given back');
});

test('releaseTurnOf() gives back what a thread that is gone held, and nothing of another', async () => {
  const turn = newTurn();
  turn[0] = 5;
  releaseTurnOf(turn, 4);
  assert.equal(turn[0], 5);
  releaseTurnOf(turn, 5);
  assert.equal(await new GpuTurn(turn, 4).take(() => Promise.resolve('done')), 'done');
});
