import { createLogger, Metrics, systemClock } from '../../../core/index.ts';
import { PartitionOwner } from '../../../streams/kafka/partition-owner.ts';
import type { OwnerContext } from '../../../streams/kafka/partition-owner.ts';
import type { GroupPositions, LogBounds } from '../../../streams/kafka/group-positions.ts';
import type { PartitionProgress } from '../../../streams/kafka/partition-input.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import { kafkaConfig } from '../../helpers/services/connections.ts';

export interface FakeOwner {
  readonly owner: PartitionOwner;
  /** Where the consumer was set, in order. */
  readonly fetches: bigint[];
  /** What ended the owner. */
  readonly failures: unknown[];
  /** How often each came in a row. */
  readonly failureTimes: number[];
  /** What the next questions get. */
  readonly answers: { begin: () => PartitionProgress; bounds: () => LogBounds; failuresMax: number };
  readonly metrics: Metrics;
  /** Resolves when a session is at work. */
  readonly running: () => Promise<void>;
}

/** An owner of partition 0 of topic "in" whose work takes nothing, with brokers that do whatever is asked. */
export function fakeOwner(nextOffset: bigint): FakeOwner {
  const metrics = new Metrics();
  const fetches: bigint[] = [];
  const failures: unknown[] = [];
  const failureTimes: number[] = [];
  const answers = {
    begin: (): PartitionProgress => ({ nextOffset, metadata: '' }),
    bounds: (): LogBounds => ({ low: 0n, high: 1_000_000n }),
    failuresMax: 1,
  };
  let changed = (): void => undefined;
  const positions = {
    beginOf: async () => ({ begin: await Promise.resolve(answers.begin()), skipped: 0n }),
    bounds: async () => new Map([[0, await Promise.resolve(answers.bounds())]]),
  } as unknown as GroupPositions;
  const config = kafkaConfig({ brokers: ['kafka:9092'], groupId: 'group', retryMs: 1 });
  const context: OwnerContext = {
    connection: {
      ...{ config, metrics, logger: createLogger('silent'), clock: systemClock },
      failure: (error: unknown) => error,
    } as unknown as OwnerContext['connection'],
    client: { producer: fakeProducer } as unknown as OwnerContext['client'],
    positions,
    budget: new QueueBudget(config),
    fetchFrom: (_, offset) => fetches.push(offset),
    setPaused: () => undefined,
    confirmed: () => Promise.resolve(),
    onFailure: (error, _, times) => {
      failures.push(error);
      failureTimes.push(times);
      return Promise.resolve(failures.length < answers.failuresMax);
    },
    onChange: () => {
      changed();
    },
  };
  const owner = new PartitionOwner(context, {
    name: { topic: 'in', partition: 0 },
    work: async (input) => {
      await new Promise((resolve) => {
        input.signal.addEventListener('abort', resolve, { once: true });
      });
    },
    before: Promise.resolve(),
  });
  const running = (): Promise<void> =>
    new Promise((resolve) => {
      changed = () => {
        if (owner.isRunning) resolve();
      };
      changed();
    });
  return { owner, fetches, failures, failureTimes, answers, metrics, running };
}

function fakeProducer(): unknown {
  const done = (): Promise<void> => Promise.resolve();
  const transaction = { abort: done, commit: done, sendOffsets: done, sendBatch: () => Promise.resolve([]) };
  return { connect: done, disconnect: done, transaction: () => Promise.resolve(transaction) };
}
