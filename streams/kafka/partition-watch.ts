import type { KafkaConnection } from './connection.ts';
import type { GroupPositions } from './group-positions.ts';
import type { PartitionOwner } from './partition-owner.ts';
import type { QueueBudget } from './queue-budget.ts';

/** Each time that a new consumer does not help, the next is made after twice the time: an open transaction holds readers up, too. */
const STALL_FACTOR_MAX = 16;

interface Standstill {
  readonly position: bigint;
  readonly sinceMs: number;
  readonly limitMs: number;
}

/** Looks at partitions from outside: how far behind they are, what they could commit, and whether one stands still. */
export class PartitionWatch {
  readonly #connection: KafkaConnection;
  readonly #positions: GroupPositions;
  readonly #budget: QueueBudget;
  readonly #standstills = new Map<string, Standstill>();
  /** Topics that have a value in metrics. */
  #measured: ReadonlySet<string> = new Set();

  constructor(connection: KafkaConnection, positions: GroupPositions, budget: QueueBudget) {
    this.#connection = connection;
    this.#positions = positions;
    this.#budget = budget;
  }

  /**
   * @returns true if messages of a partition could be fetched, and nothing has come for too long: kafkajs has been seen to
   *   leave single partitions out after brokers came back
   */
  async look(owners: readonly PartitionOwner[]): Promise<boolean> {
    try {
      await this.#observe(owners);
    } catch (error) {
      // Nothing is known of the time in between.
      this.#standstills.clear();
      throw error;
    }
    this.measure(owners);
    this.#forget(owners);
    return owners.map((owner) => this.#standsStill(owner)).includes(true);
  }

  async #observe(owners: readonly PartitionOwner[]): Promise<void> {
    for (const owner of owners) owner.commitIdle();
    for (const topic of new Set(owners.map(({ name }) => name.topic))) {
      const own = owners
        .filter(({ name }) => name.topic === topic)
        .map((owner) => ({ owner, position: owner.position }));
      const bounds = await this.#positions.bounds(topic);
      for (const { owner, position } of own) {
        const found = bounds.get(owner.name.partition);
        if (found !== undefined) owner.observe(found, position);
      }
    }
  }

  measure(owners: readonly PartitionOwner[]): void {
    const { metrics, config } = this.#connection;
    const group = config.groupId;
    const topics = new Set(owners.map(({ name }) => name.topic));
    for (const topic of this.#measured) {
      if (topics.has(topic)) continue;
      metrics.drop('nightjar_kafka_assigned_partitions', { group, topic });
      metrics.drop('nightjar_kafka_lag_messages', { group, topic });
    }
    this.#measured = topics;
    for (const topic of topics) {
      const own = owners.filter(({ name }) => name.topic === topic);
      const lag = own.reduce((sum, owner) => sum + (owner.lag ?? 0n), 0n);
      metrics.gauge('nightjar_kafka_assigned_partitions', { group, topic }, own.length);
      metrics.gauge('nightjar_kafka_lag_messages', { group, topic }, Number(lag));
    }
    metrics.gauge('nightjar_kafka_queue_messages', { group }, this.#budget.messages);
    metrics.gauge('nightjar_kafka_queue_bytes', { group }, this.#budget.bytes);
    metrics.gauge('nightjar_kafka_paused_partitions', { group }, this.#budget.paused);
  }

  /** What another member has now, may come back much later, at the same position. */
  #forget(owners: readonly PartitionOwner[]): void {
    const keys = new Set(owners.map(keyOf));
    for (const key of this.#standstills.keys()) if (!keys.has(key)) this.#standstills.delete(key);
  }

  #standsStill(owner: PartitionOwner): boolean {
    const { clock, config } = this.#connection;
    const key = keyOf(owner);
    const position = owner.isBehind ? owner.position : null;
    const before = this.#standstills.get(key);
    if (position === null) this.#standstills.delete(key);
    else if (before?.position !== position)
      this.#standstills.set(key, { position, sinceMs: clock.monotonicMs(), limitMs: config.stallMs });
    else if (clock.monotonicMs() - before.sinceMs > before.limitMs) {
      const limitMs = Math.min(before.limitMs * 2, config.stallMs * STALL_FACTOR_MAX);
      this.#standstills.set(key, { position, sinceMs: clock.monotonicMs(), limitMs });
      return true;
    }
    return false;
  }
}

function keyOf({ name }: PartitionOwner): string {
  return `${name.topic}/${name.partition}`;
}
