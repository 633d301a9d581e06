import { PipelineError } from '../../../core/index.ts';
import type { PartitionName } from '../../../streams/kafka/group-consumer.ts';
import type { LogBounds } from '../../../streams/kafka/group-positions.ts';
import type { PartitionInput, PartitionWork } from '../../../streams/kafka/partition-input.ts';
import { PartitionOwners } from '../../../streams/kafka/partition-owners.ts';
import { QueueBudget } from '../../../streams/kafka/queue-budget.ts';
import { topicMessage } from '../../helpers/topic-message.ts';
import { turn } from '../../helpers/turn.ts';
import { WaitingClock } from '../../helpers/waiting-clock.ts';
import { fakeConnection, FakeKafka, fakePositions, metricSum } from './fake-kafka.ts';
import type { FakeConnection } from './fake-kafka.ts';

export const NAME: PartitionName = { topic: 'in', partition: 0 };
export const ALL = { messagesMax: 100, bytesMax: 1000 };

/** Where the group is in each partition, and whatever else its owners need. */
export class OwnersBench {
  readonly clock = new WaitingClock();
  readonly kafka = new FakeKafka();
  readonly connection: FakeConnection;
  readonly owners: PartitionOwners;
  /** Failures that were reported as final. */
  readonly failures: (readonly [unknown, PartitionName])[] = [];
  begin = { nextOffset: 5n, metadata: 'begun' };
  skipped = 0n;
  bounds: LogBounds = { low: 0n, high: 100n };
  /** The group answers at once that this is its member. */
  confirmed: () => Promise<void> = () => Promise.resolve();

  constructor() {
    const { kafka } = this;
    this.connection = fakeConnection({ clock: this.clock, kafka: { retryMs: 100, retryMsMax: 1000 } });
    this.owners = new PartitionOwners({
      connection: this.connection,
      client: kafka.client,
      positions: fakePositions({
        beginOf: async (topic, partition) => {
          await kafka.ask(`read offset of ${topic}/${partition}`);
          return { begin: this.begin, skipped: this.skipped };
        },
        bounds: async (topic) => {
          await kafka.ask(`read bounds of ${topic}`);
          return new Map([[0, this.bounds]]);
        },
      }),
      budget: new QueueBudget(this.connection.config),
      fetchFrom: ({ topic, partition }, offset) =>
        kafka.events.push(`fetch ${topic}/${partition} from ${offset}`),
      setPaused: ({ topic, partition }, isPaused) => {
        this.paused.set(`${topic}/${partition}`, isPaused);
      },
      confirmed: () => this.confirmed(),
      onFailure: (error, name) => {
        this.failures.push([error, name]);
        return Promise.resolve(false);
      },
      onChange: () => undefined,
    });
  }

  readonly paused = new Map<string, boolean>();

  /** What has happened since the last look. */
  events(): string[] {
    return this.kafka.events.splice(0);
  }

  async assign(work: PartitionWork | null, partitions: readonly number[] = [0]): Promise<void> {
    this.owners.assign({ in: [...partitions] }, () => work);
    await turn();
  }

  receive(fetchedOffset: bigint, offsets: readonly bigint[]): boolean {
    const messages = offsets.map((offset) => topicMessage(`v${offset}`, { ...NAME, offset }));
    return this.owners.receive(NAME, { fetchedOffset, messages, nextOffset: (offsets.at(-1) ?? 0n) + 1n });
  }

  get position(): bigint | null {
    return this.owners.all[0]?.position ?? null;
  }

  skippedMessages(): Promise<number> {
    return metricSum(this.connection, 'nightjar_kafka_skipped_messages_total');
  }
}

/** Work that goes on until the partition is given up, and keeps its inputs. */
export function copying(): {
  readonly work: PartitionWork;
  readonly inputs: PartitionInput[];
  readonly taken: bigint[];
} {
  const inputs: PartitionInput[] = [];
  const taken: bigint[] = [];
  const work: PartitionWork = async (input) => {
    inputs.push(input);
    for (;;) {
      const messages = await input.take(ALL);
      const last = messages.at(-1);
      if (last === undefined) return;
      taken.push(...messages.map(({ offset }) => offset));
      await input.commit([], { nextOffset: last.offset + 1n, metadata: 'done' });
    }
  };
  return { work, inputs, taken };
}

/** A promise that is settled from outside. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    opened,
    open: () => {
      open();
    },
  };
}

/** What taking partition 0 over begins with. */
export const FENCE = ['g:in:0: connect', 'g:in:0: begin', 'g:in:0: abort'];
/** A failure that trying again may mend. */
export const UNREACHABLE = new PipelineError('BROKER_UNREACHABLE', 'Cannot reach it');
