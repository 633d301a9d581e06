import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GroupPositions } from '../../../streams/kafka/group-positions.ts';
import { TransactionalProducer, transactionClient } from '../../../streams/kafka/transactional-producer.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';

test('a partition without a leader holds up only who needs it', { timeout: 200_000 }, async (context) => {
  const kafka = await startKafka(context, { brokers: 3 });
  if (kafka === null) return;
  const topicOn = (topic: string, brokers: readonly number[]) => ({
    topic,
    replicaAssignment: [{ partition: 0, replicas: [...brokers] }],
  });
  await kafka.withAdmin((admin) =>
    admin.createTopics({ topics: [topicOn('own', [1, 2, 3]), topicOn('leaderless', [3])] }),
  );
  const connection = connectionTo({ brokers: [...kafka.brokers], groupId: 'group', retryMs: 100 });
  const producer = new TransactionalProducer(connection, transactionClient(connection), 'group-own-0');
  await producer.open();
  await producer.close();
  await kafka.kill(3);
  const positions = new GroupPositions(connection);
  context.after(() => positions.close());
  await eventually('the leader to be known as gone', 60_000, async () => {
    const { topics } = await kafka.withAdmin((admin) => admin.fetchTopicMetadata({ topics: ['leaderless'] }));
    return topics[0]?.partitions[0]?.leader === -1 ? true : null;
  });
  await assert.rejects(positions.bounds('leaderless'), hasCode('BROKER_UNREACHABLE', 'LEADER_NOT_AVAILABLE'));
  assert.deepEqual([...(await positions.topics())].filter((topic) => !topic.startsWith('__')).sort(), [
    'leaderless',
    'own',
  ]);
  assert.deepEqual([...(await positions.bounds('own')).keys()], [0]);
  assert.deepEqual([...(await positions.committed('leaderless')).keys()], [0]);
  await assert.rejects(positions.expectTopic('none'), hasCode('TOPIC_NOT_FOUND'));
  const again = new TransactionalProducer(connection, transactionClient(connection), 'group-own-0');
  await again.open();
  await again.commit([{ topic: 'own', key: null, value: Buffer.from('v') }], []);
  await assert.rejects(
    again.commit([{ topic: 'leaderless', key: null, value: Buffer.from('v') }], []),
    hasCode('BROKER_UNREACHABLE'),
  );
  await again.close();
});
