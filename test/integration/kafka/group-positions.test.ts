import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupPositions } from '../../../streams/kafka/group-positions.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';

const TOPICS = Array.from({ length: 12 }, (_, i) => `topic-${i}`);
const CONNECTIONS = 20;

test('GroupPositions tells of each partition what the group has committed, however many ask at once', async (context) => {
  const kafka = await startKafka(context, { brokers: 3 });
  if (kafka === null) return;
  for (const topic of TOPICS) await kafka.createTopic({ topic });
  await kafka.withAdmin(async (admin) => {
    for (const topic of TOPICS) {
      await admin.setOffsets({ groupId: 'group', topic, partitions: [{ partition: 0, offset: '0' }] });
    }
  });
  const connection = connectionTo({ brokers: [...kafka.brokers], groupId: 'group' });
  for (let i = 0; i < CONNECTIONS; i++) {
    const positions = new GroupPositions(connection);
    const asked = TOPICS.flatMap((topic) => [positions.committed(topic), positions.bounds(topic)] as const);
    for (const answer of await Promise.all(asked)) assert.deepEqual([...answer.keys()], [0]);
    await positions.close();
  }
});
