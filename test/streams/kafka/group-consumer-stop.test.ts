import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeConsumer } from './fake-consumer.ts';

const NAME = { topic: 'in', partition: 0 };

test('GroupConsumer tells nothing to a client that has stopped, before it tells of its crash', async () => {
  const { consumer, calls, emit, called } = fakeConsumer();
  const running = consumer.run(['in'], new AbortController().signal);
  await called('run');
  emit('GROUP_JOIN', { memberAssignment: { in: [0] } });
  consumer.setPaused(NAME, true);
  emit('STOP');
  assert.equal(consumer.isMember, false);
  consumer.setPaused(NAME, false);
  consumer.fetchFrom(NAME, 1n);
  assert.deepEqual(calls, ['connect', 'subscribe', 'run', 'pause']);
  emit('CRASH', { error: new Error('Lost') });
  await assert.rejects(running, { message: 'Lost' });
});
