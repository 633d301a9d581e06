import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogBounds } from '../../../streams/kafka/group-positions.ts';
import type { PartitionOwner } from '../../../streams/kafka/partition-owner.ts';
import { PartitionWatch } from '../../../streams/kafka/partition-watch.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { fakeConnection, fakePositions, metricSum } from './fake-kafka.ts';

/** An owner as the watch sees it. */
class WatchedOwner {
  readonly name: PartitionOwner['name'];
  position: bigint | null = 5n;
  isBehind = true;
  lag: bigint | null = 7n;
  idleCommits = 0;
  readonly observed: LogBounds[] = [];

  constructor(topic: string, partition: number) {
    this.name = { topic, partition };
  }

  commitIdle(): void {
    this.idleCommits++;
  }

  observe(bounds: LogBounds): void {
    this.observed.push(bounds);
  }
}

class WatchBench {
  readonly clock = new FakeClock();
  readonly connection = fakeConnection({ clock: this.clock, kafka: { stallMs: 100 } });
  readonly asked: string[] = [];
  readonly watch = new PartitionWatch(
    this.connection,
    fakePositions({
      bounds: (topic) => {
        this.asked.push(topic);
        return Promise.resolve(
          new Map([
            [0, { low: 0n, high: 12n }],
            [1, { low: 1n, high: 13n }],
          ]),
        );
      },
    }),
    new QueueBudget(this.connection.config),
  );

  look(owners: readonly WatchedOwner[]): Promise<boolean> {
    return this.watch.look(owners as unknown as readonly PartitionOwner[]);
  }

  /** Time until the watch says again that a partition stands still; it looks each ms. */
  async msUntilStandstill(owner: WatchedOwner): Promise<number> {
    for (let ms = 1; ; ms++) {
      this.clock.advance(1);
      if (await this.look([owner])) return ms;
    }
  }
}

test('PartitionWatch.look() lets each owner commit what is idle, and tells it of its log, with one question a topic', async () => {
  const bench = new WatchBench();
  const owners = [
    new WatchedOwner('a', 0),
    new WatchedOwner('a', 1),
    new WatchedOwner('b', 1),
    new WatchedOwner('b', 9),
  ];
  await bench.look(owners);
  assert.deepEqual(bench.asked, ['a', 'b']);
  assert.deepEqual(
    owners.map(({ idleCommits, observed }) => [idleCommits, observed.map(({ high }) => high)]),
    [
      [1, [12n]],
      [1, [13n]],
      [1, [13n]],
      [1, []],
    ],
  );
});

test('PartitionWatch.look() finds a partition that stands still, each time after twice the time, up to 16 times', async () => {
  const bench = new WatchBench();
  const owner = new WatchedOwner('a', 0);
  assert.equal(await bench.look([owner]), false);
  const waits: number[] = [];
  for (let i = 0; i < 6; i++) waits.push(await bench.msUntilStandstill(owner));
  assert.deepEqual(waits, [101, 201, 401, 801, 1601, 1601]);
  // It has gone on, and the next time is the first again.
  owner.position = 6n;
  assert.equal(await bench.look([owner]), false);
  assert.equal(await bench.msUntilStandstill(owner), 101);
});

test('PartitionWatch.look() does not hold against a partition the time when nothing was to be fetched', async () => {
  const bench = new WatchBench();
  const owner = new WatchedOwner('a', 0);
  const other = new WatchedOwner('a', 1);
  await bench.look([owner]);
  bench.clock.advance(1000);
  owner.isBehind = false;
  assert.equal(await bench.look([owner]), false);
  owner.isBehind = true;
  assert.equal(await bench.look([owner]), false);
  assert.equal(await bench.msUntilStandstill(owner), 101);
  // Nor the time when another member had it.
  await bench.look([other]);
  bench.clock.advance(1000);
  assert.equal(await bench.look([owner]), false);
  assert.equal(await bench.msUntilStandstill(owner), 101);
});

test('PartitionWatch.measure() shows lag and partitions of each topic, and none where all have gone', async () => {
  const bench = new WatchBench();
  const unknown = new WatchedOwner('b', 0);
  unknown.lag = null;
  const owners = [new WatchedOwner('a', 0), new WatchedOwner('a', 1), unknown];
  const shown = async (): Promise<number[]> => [
    await metricSum(bench.connection, 'nightjar_kafka_lag_messages'),
    await metricSum(bench.connection, 'nightjar_kafka_assigned_partitions'),
  ];
  await bench.look(owners);
  assert.deepEqual(await shown(), [14, 3]);
  await bench.look(owners.slice(2));
  assert.deepEqual(await shown(), [0, 1]);
});
