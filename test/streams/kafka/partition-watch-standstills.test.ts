import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from '../../../core/index.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import type { GroupPositions } from '../../../streams/kafka/group-positions.ts';
import type { PartitionOwner } from '../../../streams/kafka/partition-owner.ts';
import { PartitionWatch } from '../../../streams/kafka/partition-watch.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { kafkaConfig } from '../../helpers/services/connections.ts';

const STALL_MS = 60_000;

/** A watch, and an owner that is behind and stands still. */
function standstill(): {
  readonly watch: PartitionWatch;
  readonly clock: FakeClock;
  readonly owner: PartitionOwner;
  readonly brokers: { answer: boolean };
} {
  const clock = new FakeClock();
  const config = kafkaConfig({ brokers: ['kafka:9092'], groupId: 'group', stallMs: STALL_MS });
  const connection = { config, clock, metrics: new Metrics() } as unknown as KafkaConnection;
  const brokers = { answer: true };
  const positions = {
    bounds: () => (brokers.answer ? Promise.resolve(new Map()) : Promise.reject(new Error('No answer'))),
  } as unknown as GroupPositions;
  const owner = {
    name: { topic: 'in', partition: 0 },
    ...{ isBehind: true, position: 5n, lag: 1n },
    commitIdle: () => undefined,
  } as unknown as PartitionOwner;
  return { watch: new PartitionWatch(connection, positions, new QueueBudget(config)), clock, owner, brokers };
}

test('PartitionWatch.look() is true for a partition that stands still for too long', async () => {
  const { watch, clock, owner } = standstill();
  assert.equal(await watch.look([owner]), false);
  clock.advance(STALL_MS + 1);
  assert.equal(await watch.look([owner]), true);
});

test('PartitionWatch.look() counts no time in which the brokers did not answer', async () => {
  const { watch, clock, owner, brokers } = standstill();
  await watch.look([owner]);
  brokers.answer = false;
  await assert.rejects(watch.look([owner]));
  brokers.answer = true;
  clock.advance(STALL_MS + 1);
  assert.equal(await watch.look([owner]), false);
});

test('PartitionWatch.look() counts no time in which the partition was another member’s', async () => {
  const { watch, clock, owner } = standstill();
  await watch.look([owner]);
  await watch.look([]);
  clock.advance(STALL_MS + 1);
  assert.equal(await watch.look([owner]), false);
});
