import type { Assignment } from 'kafkajs';
import type { EmptyBatch, PartitionName } from './group-consumer.ts';
import type { PartitionWork } from './partition-input.ts';
import { PartitionOwner } from './partition-owner.ts';
import type { OwnerContext } from './partition-owner.ts';
import type { FetchedBatch } from './partition-session.ts';

/** The partitions that the group has given to this member: each assignment keeps those that stay, and ends those that go. */
export class PartitionOwners {
  readonly #context: OwnerContext;
  readonly #owners = new Map<string, PartitionOwner>();
  /** Ends of those that went, for their next owner, and for the end of all. */
  readonly #leaving = new Map<string, Promise<void>>();

  constructor(context: OwnerContext) {
    this.#context = context;
  }

  get all(): readonly PartitionOwner[] {
    return [...this.#owners.values()];
  }

  /** By topic. */
  get owned(): Assignment {
    const result: Record<string, number[]> = {};
    for (const { name } of this.#owners.values()) (result[name.topic] ??= []).push(name.partition);
    return result;
  }

  /**
   * @param work of a topic; `null` if its partitions are to be left alone
   */
  assign(assignment: Assignment, work: (topic: string) => PartitionWork | null): void {
    const names = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    const keys = new Set(names.map(keyOf));
    for (const [key, owner] of this.#owners) if (!keys.has(key)) this.#give(key, owner);
    for (const name of names) {
      const owner = this.#owners.get(keyOf(name)) ?? this.#take(name, work(name.topic));
      if (owner === null) this.#context.setPaused(name, true);
      else owner.resumeFetching();
    }
  }

  /** @returns false if nobody takes the batch */
  receive(name: PartitionName, batch: FetchedBatch): boolean {
    return this.#owners.get(keyOf(name))?.receive(batch) ?? false;
  }

  receiveEmpty(name: PartitionName, batch: EmptyBatch): void {
    this.#owners.get(keyOf(name))?.receiveEmpty(batch);
  }

  /** Nothing more is taken; what was taken may be committed. */
  drain(): void {
    for (const owner of this.#owners.values()) owner.drain();
  }

  /** All are given up. */
  drop(): void {
    for (const [key, owner] of this.#owners) this.#give(key, owner);
  }

  /** Resolves when no owner is at work any more, of those that are there now. */
  async ended(): Promise<void> {
    await Promise.all([...this.all.map(({ ended }) => ended), ...this.#leaving.values()]);
  }

  #take(name: PartitionName, work: PartitionWork | null): PartitionOwner | null {
    if (work === null) return null;
    const key = keyOf(name);
    const owner = new PartitionOwner(this.#context, {
      name,
      work,
      before: this.#leaving.get(key) ?? Promise.resolve(),
    });
    this.#owners.set(key, owner);
    return owner;
  }

  #give(key: string, owner: PartitionOwner): void {
    this.#owners.delete(key);
    owner.revoke();
    const ended = owner.ended.then(() => {
      if (this.#leaving.get(key) === ended) this.#leaving.delete(key);
    });
    this.#leaving.set(key, ended);
  }
}

function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}
