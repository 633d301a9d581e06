import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import { fakeOwner } from './fake-owner.ts';
import type { FakeOwner } from './fake-owner.ts';

const INVALID = new PipelineError('OFFSET_INVALID', 'Cannot go on');

/** Where the group's offset is beyond the end, too. */
function invalidBegin(fake: FakeOwner): void {
  fake.answers.begin = () => {
    throw INVALID;
  };
}

test('PartitionOwner.observe() has a log that ends before the position looked at closely', async () => {
  const fake = fakeOwner(100n);
  await fake.running();
  invalidBegin(fake);
  fake.owner.observe({ low: 0n, high: 50n }, fake.owner.position);
  await fake.owner.ended;
  assert.deepEqual(fake.failures, [INVALID]);
});

test('PartitionOwner.observe() does not hold what was read since against an older end', async () => {
  const fake = fakeOwner(100n);
  await fake.running();
  fake.owner.receiveEmpty({ firstOffset: 100n, nextOffset: 120n });
  fake.owner.observe({ low: 0n, high: 110n }, 100n);
  await new Promise(setImmediate);
  assert.ok(fake.owner.isRunning);
  fake.owner.revoke();
  await fake.owner.ended;
});

test('PartitionOwner.receive() takes nothing from a consumer that was set to the beginning of the log', async () => {
  const fake = fakeOwner(100n);
  await fake.running();
  invalidBegin(fake);
  fake.answers.bounds = () => ({ low: 0n, high: 50n });
  assert.ok(fake.owner.receive({ fetchedOffset: 0n, messages: [], nextOffset: 150n }));
  assert.equal(fake.owner.position, 100n);
  await fake.owner.ended;
  assert.deepEqual(fake.failures, [INVALID]);
});
