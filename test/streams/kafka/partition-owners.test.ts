import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PartitionWork } from '../../../streams/kafka/partition-input.ts';
import { turn } from '../../helpers/turn.ts';
import { ALL, copying, FENCE, gate, OwnersBench, UNREACHABLE } from './owners-bench.ts';

test('PartitionOwners.assign() keeps sessions that stay, ends those that go, and leaves other topics paused', async () => {
  const bench = new OwnersBench();
  const { work, inputs } = copying();
  await bench.assign(work, [0, 1]);
  assert.deepEqual(bench.owners.owned, { in: [0, 1] });
  bench.events();
  bench.owners.assign({ in: [1], other: [3] }, (topic) => (topic === 'in' ? work : null));
  await turn();
  // The new consumer is taken on to where the kept one is; nothing is begun anew.
  assert.deepEqual(bench.events(), ['fetch in/1 from 5', 'g:in:0: disconnect']);
  assert.deepEqual(
    inputs.map(({ partition, signal }) => [partition, signal.aborted]),
    [
      [0, true],
      [1, false],
    ],
  );
  assert.deepEqual(bench.owners.owned, { in: [1] });
  assert.equal(bench.paused.get('other/3'), true);
  assert.deepEqual([bench.receive(5n, [5n]), bench.failures], [false, []]);
});

test('PartitionOwners.assign() lets a partition that comes back wait for the end of its last session', async () => {
  const bench = new OwnersBench();
  const last = gate();
  let sessions = 0;
  const work: PartitionWork = async (input) => {
    sessions++;
    while (await input.available()) await input.take(ALL);
    await last.opened;
  };
  await bench.assign(work);
  await bench.assign(work, []);
  bench.events();
  await bench.assign(work);
  await bench.assign(work, []);
  await bench.assign(work);
  assert.deepEqual([bench.events(), sessions], [[], 1]);
  last.open();
  await turn();
  // The one in between was given up before its turn came, and does nothing.
  assert.deepEqual(bench.events(), [
    'g:in:0: disconnect',
    ...FENCE,
    'read offset of in/0',
    'fetch in/0 from 5',
  ]);
  assert.equal(sessions, 2);
});

test('PartitionOwners.drain() lets what was taken be committed, and ended() waits for it', async () => {
  const bench = new OwnersBench();
  const late = gate();
  await bench.assign(async (input) => {
    const [first] = await input.take({ ...ALL, messagesMax: 1 });
    await late.opened;
    await input.commit([], { nextOffset: (first?.offset ?? 0n) + 1n, metadata: 'late' });
    assert.deepEqual(await input.take(ALL), []);
  });
  bench.receive(5n, [5n, 6n]);
  await turn();
  bench.owners.drain();
  let hasEnded = false;
  const ended = bench.owners.ended().then(() => (hasEnded = true));
  await turn();
  assert.equal(hasEnded, false);
  late.open();
  await ended;
  assert.deepEqual(bench.events().slice(-3), [
    'g:in:0: in/0 at 6 "late"',
    'g:in:0: commit',
    'g:in:0: disconnect',
  ]);
  assert.deepEqual(bench.failures, []);
});

test('PartitionOwners.drop() ends an owner that waits to begin anew', async () => {
  const bench = new OwnersBench();
  await bench.assign(() => Promise.reject(UNREACHABLE));
  assert.deepEqual(bench.clock.sleepsMs, [100]);
  bench.events();
  bench.owners.drop();
  await bench.owners.ended();
  assert.deepEqual([bench.clock.sleepsMs, bench.events(), bench.owners.all], [[], [], []]);
});
