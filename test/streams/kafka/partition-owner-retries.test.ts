import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import { fakeOwner } from './fake-owner.ts';

const MISSING = new PipelineError('TOPIC_NOT_FOUND', 'Cannot find a topic');

test('PartitionOwner tries a final failure again where it is told to', async () => {
  const fake = fakeOwner(100n);
  const { begin } = fake.answers;
  let looks = 0;
  fake.answers.failuresMax = 3;
  fake.answers.begin = () => {
    looks++;
    if (looks <= 2) throw MISSING;
    return begin();
  };
  await fake.running();
  assert.deepEqual(fake.failures, [MISSING, MISSING]);
  assert.deepEqual(fake.failureTimes, [1, 2]);
  fake.owner.revoke();
  await fake.owner.ended;
});

test('PartitionOwner counts final failures alone, and ends where it is not told to go on', async () => {
  const fake = fakeOwner(100n);
  let looks = 0;
  fake.answers.failuresMax = 2;
  fake.answers.begin = () => {
    looks++;
    throw looks === 2 ? new PipelineError('BROKER_UNREACHABLE', 'Cannot reach') : MISSING;
  };
  await fake.owner.ended;
  assert.equal(looks, 3);
  assert.deepEqual(fake.failureTimes, [1, 1]);
});
