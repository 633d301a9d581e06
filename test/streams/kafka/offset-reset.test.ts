import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { repairClient } from '../../../streams/kafka/client-repairs.ts';

interface OffsetManager {
  setDefaultOffset: (name: { topic: string; partition: number }) => Promise<void>;
  resolveOffset: (name: { topic: string; partition: number; offset: string }) => void;
  nextOffset: (topic: string, partition: number) => { toString: () => string };
}

const require = createRequire(import.meta.url);

test('repairClient() lets a consumer out of range begin anew without a commit', async () => {
  repairClient();
  const Manager = require('kafkajs/src/consumer/offsetManager') as new (options: object) => OffsetManager;
  const committed = { in: { 0: '100', 1: '200' } };
  const questions: unknown[] = [];
  const manager = new Manager({
    cluster: {
      committedOffsets: () => committed,
      fetchTopicsOffset: (topics: unknown) => {
        questions.push(topics);
        return Promise.resolve([{ topic: 'in', partitions: [{ partition: 0, offset: '7' }] }]);
      },
    },
    // It has no way to commit.
    coordinator: { isConnected: () => true },
    memberAssignment: { in: [0, 1] },
    topicConfigurations: { in: { fromBeginning: true } },
    ...{ groupId: 'group', generationId: 1, memberId: 'member', autoCommit: false },
  });
  for (const partition of [0, 1]) manager.resolveOffset({ topic: 'in', partition, offset: '299' });
  await manager.setDefaultOffset({ topic: 'in', partition: 0 });
  assert.deepEqual(questions, [[{ topic: 'in', partitions: [{ partition: 0 }], fromBeginning: true }]]);
  assert.equal(manager.nextOffset('in', 0).toString(), '7');
  assert.equal(manager.nextOffset('in', 1).toString(), '300');
});
