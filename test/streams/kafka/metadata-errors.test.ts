import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { repairClient } from '../../../streams/kafka/client-repairs.ts';

interface Answer {
  readonly topicMetadata: readonly object[];
}

interface Broker {
  lookupRequest: () => (question: unknown) => unknown;
  metadata: (topics?: readonly string[]) => Promise<Answer>;
}

interface Response {
  parse: (answer: Answer) => Promise<Answer>;
}

const require = createRequire(import.meta.url);

/** A broker that gives an answer to any question about topics. */
function brokerWith(topicMetadata: readonly object[]): Broker {
  repairClient();
  const Broker = require('kafkajs/src/broker') as new (options: object) => Broker;
  const response = require('kafkajs/src/protocol/requests/metadata/v6/response') as Response;
  const broker = new Broker({
    connectionPool: { send: () => response.parse({ topicMetadata }) },
    logger: { namespace: () => ({}) },
  });
  broker.lookupRequest = () => () => ({});
  return broker;
}

test('repairClient() leaves a partition without a leader to those that need one', async () => {
  const partition = { partitionErrorCode: 5, partitionId: 0, leader: -1, replicas: [3], isr: [] };
  const topics = [{ topicErrorCode: 0, topic: 'in', partitionMetadata: [partition] }];
  const broker = brokerWith(topics);
  assert.deepEqual((await broker.metadata()).topicMetadata, topics);
  assert.deepEqual((await broker.metadata(['in'])).topicMetadata, topics);
  const { prototype } = require('kafkajs/src/cluster') as {
    prototype: { findLeaderForPartitions: (topic: string, partitions: readonly number[]) => unknown };
  };
  const known = [partition, { ...partition, partitionErrorCode: 0, partitionId: 1, leader: 2 }];
  const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
    findTopicPartitionMetadata: () => known,
  });
  assert.deepEqual(cluster.findLeaderForPartitions('in', [1]), { 2: [1] });
  assert.throws(() => cluster.findLeaderForPartitions('in', [0, 1]), {
    type: 'LEADER_NOT_AVAILABLE',
    retriable: true,
  });
});

test('repairClient() lets the error of a topic fail only those that name topics', async () => {
  const topics = [{ topicErrorCode: 3, topic: 'gone', partitionMetadata: [] }];
  const broker = brokerWith(topics);
  await assert.rejects(broker.metadata(['gone']), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  assert.deepEqual((await broker.metadata()).topicMetadata, topics);
});
