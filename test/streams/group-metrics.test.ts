import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../core/index.ts';
import type { KafkaConnection } from '../../streams/kafka/connection.ts';
import type { GroupPositions } from '../../streams/kafka/group-positions.ts';
import type { PartitionOwner } from '../../streams/kafka/partition-owner.ts';
import { PartitionWatch } from '../../streams/kafka/partition-watch.ts';
import { QueueBudget } from '../../streams/kafka/queue-budget.ts';
import { topicMessage } from '../helpers/topic-message.ts';

/** What a group's watch measures by; it asks nobody. */
function watchOf(groupId: string, metrics: Metrics): { watch: PartitionWatch; budget: QueueBudget } {
  const budget = new QueueBudget({ queuePacketsMax: 2, queueBytesMax: 1_000_000 });
  const connection = { metrics, config: { groupId } } as KafkaConnection;
  return { watch: new PartitionWatch(connection, {} as unknown as GroupPositions, budget), budget };
}

function owner(topic: string, lag: bigint): PartitionOwner {
  return { name: { topic, partition: 0 }, lag } as unknown as PartitionOwner;
}

async function valuesOf(metrics: Metrics, name: string): Promise<readonly string[]> {
  const text = await metrics.exposition();
  return text.split('\n').filter((line) => line.startsWith(`${name}{`));
}

test('PartitionWatch.measure() keeps the values of two groups apart', async () => {
  const metrics = new Metrics();
  const service = watchOf('nightjar', metrics);
  const webhook = watchOf('nightjar-webhook', metrics);
  service.budget.open(() => undefined).push([topicMessage(Buffer.from('a')), topicMessage(Buffer.from('b'))]);
  service.watch.measure([owner('toy', 5n)]);
  webhook.watch.measure([owner('candidates', 0n)]);
  assert.deepEqual(await valuesOf(metrics, 'nightjar_kafka_queue_messages'), [
    'nightjar_kafka_queue_messages{group="nightjar"} 2',
    'nightjar_kafka_queue_messages{group="nightjar-webhook"} 0',
  ]);
  assert.deepEqual(await valuesOf(metrics, 'nightjar_kafka_paused_partitions'), [
    'nightjar_kafka_paused_partitions{group="nightjar"} 1',
    'nightjar_kafka_paused_partitions{group="nightjar-webhook"} 0',
  ]);
  assert.equal((await valuesOf(metrics, 'nightjar_kafka_queue_bytes')).length, 2);
});

test('PartitionWatch.measure() drops the values of topics that have no owner any more', async () => {
  const metrics = new Metrics();
  const { watch } = watchOf('nightjar', metrics);
  watch.measure([owner('night-1', 5n), owner('night-2', 1n)]);
  watch.measure([owner('night-2', 3n)]);
  assert.deepEqual(await valuesOf(metrics, 'nightjar_kafka_lag_messages'), [
    'nightjar_kafka_lag_messages{group="nightjar",topic="night-2"} 3',
  ]);
  assert.deepEqual(await valuesOf(metrics, 'nightjar_kafka_assigned_partitions'), [
    'nightjar_kafka_assigned_partitions{group="nightjar",topic="night-2"} 1',
  ]);
});
