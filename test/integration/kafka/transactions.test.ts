import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionalProducer, transactionClient } from '../../../streams/kafka/transactional-producer.ts';
import type { OutRecord } from '../../../streams/kafka/partition-input.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { committedOffset, committedValues, copiedAll, copyTo, numbered, produce, quickConnection, startGroup } from './group-harness.ts';
import type { GroupSettings } from './group-harness.ts';

test('a consumer group, exactly once', { timeout: 300_000 }, async (suite) => {
  const kafka = await startKafka(suite);
  if (kafka === null) return;

  await suite.test('copies a topic in order, with offset and metadata', async (t) => {
    await kafka.createTopic({ topic: 'in-a', partitions: 3 });
    await kafka.createTopic({ topic: 'out-a', partitions: 1 });
    for (const partition of [0, 1, 2]) await produce(kafka, 'in-a', numbered(`p${partition}`, 200), partition);
    const group = startGroup(t, { connection: quickConnection(kafka.brokers, 'a'), topics: ['in-a'], work: copyTo('out-a', { messagesMax: 50 }) });
    await copiedAll(kafka, 'a', 'in-a', [200, 200, 200]);
    await group.stop();
    const [values = []] = await committedValues(kafka, 'out-a');
    for (const partition of [0, 1, 2])
      assert.deepEqual(
        values.filter((value) => value.startsWith(`p${partition}-`)),
        numbered(`p${partition}`, 200),
      );
    assert.equal(values.length, 600);
    assert.deepEqual(await committedOffset(kafka, 'a', 'in-a', 1), { offset: '200', metadata: '200' });
  });
});
