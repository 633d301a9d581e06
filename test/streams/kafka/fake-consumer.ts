import { createLogger, Metrics, systemClock } from '../../../core/index.ts';
import type { Clock } from '../../../core/index.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';
import { GroupConsumer } from '../../../streams/kafka/group-consumer.ts';
import type { ConsumerListener } from '../../../streams/kafka/group-consumer.ts';
import { kafkaConfig } from '../../helpers/services/connections.ts';

const EVENTS = [
  ...['CRASH', 'STOP', 'GROUP_JOIN', 'HEARTBEAT', 'REBALANCING', 'FETCH_START', 'FETCH'],
  'START_BATCH_PROCESS',
];

/** A consumer over a client that does nothing but note what it is told, in order. */
export interface FakeConsumer {
  readonly consumer: GroupConsumer;
  readonly calls: string[];
  /** What the client's methods do, when they are called. */
  readonly answers: Record<'connect' | 'subscribe' | 'run' | 'disconnect', () => Promise<void>>;
  /** Tells what kafkajs tells; throws what the listener throws. */
  readonly emit: (event: string, payload?: unknown) => void;
  /** Resolves when a method of the client has been called. */
  readonly called: (name: string) => Promise<void>;
}

export function fakeConsumer(clock: Clock = systemClock): FakeConsumer {
  const listeners = new Map<string, Set<(event: { readonly payload: unknown }) => void>>();
  const calls: string[] = [];
  const done = (): Promise<void> => Promise.resolve();
  const answers = { connect: done, subscribe: done, run: done, disconnect: done };
  let wake = (): void => undefined;
  const note = (name: string): void => {
    calls.push(name);
    wake();
  };
  const client = {
    ...Object.fromEntries(
      Object.keys(answers).map((name) => [
        name,
        () => {
          note(name);
          return answers[name as keyof typeof answers]();
        },
      ]),
    ),
    ...Object.fromEntries(
      ['seek', 'pause', 'resume'].map((name) => [
        name,
        () => {
          note(name);
        },
      ]),
    ),
    on: (event: string, listener: (event: { readonly payload: unknown }) => void) => {
      const own = listeners.get(event) ?? new Set();
      listeners.set(event, own.add(listener));
      return () => own.delete(listener);
    },
    events: Object.fromEntries(EVENTS.map((name) => [name, name])),
  };
  const connection = {
    ...{ config: kafkaConfig({ brokers: ['kafka:9092'], groupId: 'group' }), clock },
    ...{ logger: createLogger('silent'), metrics: new Metrics(), client: { consumer: () => client } },
    failure: (error: unknown) => error,
  } as unknown as KafkaConnection;
  const nothing = (): void => undefined;
  const listener: ConsumerListener = {
    ...{ onAssigned: nothing, onEmptyBatch: nothing, onConfirmed: nothing },
    onBatch: () => true,
    owned: () => ({}),
  };
  return {
    ...{ consumer: new GroupConsumer(connection, listener), calls, answers },
    emit: (event, payload) => {
      for (const listen of listeners.get(event) ?? []) listen({ payload });
    },
    called: async (name) => {
      while (!calls.includes(name)) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
