import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeConsumer } from './fake-consumer.ts';

/** A promise that is resolved from outside. */
function held(): { readonly promise: Promise<void>; readonly release: () => void } {
  let release = (): void => undefined;
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release };
}

test('GroupConsumer goes no further with a start that it is left in', async () => {
  for (const [step, calls] of [
    ['connect', ['connect', 'disconnect']],
    ['subscribe', ['connect', 'subscribe', 'disconnect']],
    ['run', ['connect', 'subscribe', 'run', 'disconnect']],
  ] as const) {
    const fake = fakeConsumer();
    const leaving = new AbortController();
    const { promise, release } = held();
    fake.answers[step] = () => promise;
    const running = fake.consumer.run(['in'], leaving.signal);
    await fake.called(step);
    leaving.abort();
    await new Promise(setImmediate);
    assert.ok(!fake.calls.includes('disconnect'), 'it is disconnected after the start is over');
    release();
    assert.equal(await running, false);
    assert.deepEqual(fake.calls, calls);
  }
});

test('GroupConsumer lets nothing join any more, and disconnects again, where the start takes too long', async () => {
  // Waits are over at once, but later than what is done already.
  const clock = {
    ...{ nowMs: () => 0, monotonicMs: () => 0 },
    sleep: async (_: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      await new Promise(setImmediate);
    },
  };
  const fake = fakeConsumer(clock);
  const leaving = new AbortController();
  const { promise, release } = held();
  fake.answers.run = () => promise;
  const running = fake.consumer.run(['in'], leaving.signal);
  await fake.called('run');
  leaving.abort();
  assert.equal(await running, false);
  assert.deepEqual(fake.calls, ['connect', 'subscribe', 'run', 'disconnect']);
  assert.throws(() => {
    fake.emit('GROUP_JOIN', { memberAssignment: { in: [0] } });
  });
  assert.equal(fake.consumer.isMember, false);
  release();
  await new Promise(setImmediate);
  assert.deepEqual(fake.calls, ['connect', 'subscribe', 'run', 'disconnect', 'disconnect']);
});
