import { Random } from '../../core/index.ts';
import type { Kafka } from '../../test/helpers/services/kafka-cluster.ts';
import { produce } from '../../test/helpers/services/topics.ts';
import { moduleBeside } from '../repository.ts';
import { median } from '../result.ts';
import type { Measured } from '../result.ts';
import { alternate, figureOf, nodeVariant } from '../rounds.ts';
import type { Figures } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import { ABORTED_RECORDS, COMMITTED_RECORDS, writeAbortedTopic } from './clients/aborted-topic.ts';
import { CLIENT_NAMES, CLIENT_TEXT } from './clients/registry.ts';
import type { ClientName } from './clients/registry.ts';
import { MESSAGE_SIZES, randomValue } from './message-sizes.ts';
import type { MessageSize } from './message-sizes.ts';
import type { PartContext, ReportPart } from './part.ts';

export interface ClientsOptions extends PartContext {
  readonly kafka: Kafka;
  /** Messages of the larger size that are read; of the smaller as many bytes. */
  readonly messages: number;
}

/** The larger messages that CPU time is told for. */
const CPU_MESSAGES = 1500;
/** Messages that are read, for each that is written. */
const READ_PER_WRITTEN = 3;
const ABORTED = 'bench-aborted';
const UNITS: Readonly<Record<string, string>> = {
  messagesPerSecond: 'messages/s',
  cpuMsPerMessage: 'ms/message',
  abortedReturned: 'records',
  committedMissing: 'records',
};

/** The Kafka clients beside each other: reading, writing, and what becomes of transactions that end badly. */
export async function measureClients(options: ClientsOptions): Promise<ReportPart> {
  const { kafka, brokers, messages, rounds, onProgress } = options;
  const sizes = (Object.keys(MESSAGE_SIZES) as MessageSize[]).map((size) => {
    const read = Math.round((messages * MESSAGE_SIZES.large) / MESSAGE_SIZES[size]);
    return { size, topic: `bench-${size}`, read, written: Math.ceil(read / READ_PER_WRITTEN) };
  });
  onProgress('clients: topics are filled');
  for (const { size, topic, read } of sizes) {
    await kafka.createTopic({ topic });
    const value = randomValue(new Random('bench kafka'), MESSAGE_SIZES[size]);
    await produce(kafka, topic, repeated({ key: null, value }, read));
  }
  await kafka.createTopic({ topic: ABORTED });
  await writeAbortedTopic(brokers, ABORTED);
  const module = moduleBeside(import.meta.url, 'client-variant');
  const work = sizes.map(({ size, topic, read, written }) => [size, topic, read, written].join('=')).join();
  const outcome = alternate(
    CLIENT_NAMES.map((name) => nodeVariant(name, module, [brokers.join(), name, ABORTED, work])),
    {
      rounds,
      onRun: (what) => {
        onProgress(`clients, ${what}`);
      },
    },
  );
  const figures = figuresOf(outcome);
  const n: Record<string, number> = {
    'clients.abortedRecords': ABORTED_RECORDS,
    'clients.committedRecords': COMMITTED_RECORDS,
  };
  for (const { size, read, written } of sizes) {
    n[`clients.${size}.read`] = read;
    n[`clients.${size}.written`] = written;
  }
  return {
    config: { messageSizes: MESSAGE_SIZES, clients: CLIENT_TEXT },
    n,
    figures,
    text: textOf(figures, options),
  };
}

function* repeated<T>(item: T, count: number): Generator<T> {
  for (let i = 0; i < count; i++) yield item;
}

function figuresOf(outcome: ReadonlyMap<string, readonly Figures[]>): Record<string, Measured> {
  const figures: Record<string, Measured> = {};
  for (const name of CLIENT_NAMES) {
    const values = outcome.get(name);
    for (const figure of Object.keys(values?.[0] ?? {})) {
      const unit = UNITS[figure.split('.').at(-1) ?? ''] ?? '1 for yes';
      figures[`clients.${name}.${figure}`] = { unit, raw: figureOf(values, figure) };
    }
  }
  return figures;
}

function textOf(figures: Readonly<Record<string, Measured>>, { rounds }: ClientsOptions): string {
  const raw = (name: ClientName, figure: string): readonly number[] =>
    figures[`clients.${name}.${figure}`]?.raw ?? [];
  const span = (values: readonly number[]): string => {
    const [least, most] = [Math.min(...values), Math.max(...values)].map(figureText);
    return least === most ? `${least}` : `${figureText(median(values))} (${least} – ${most})`;
  };
  const row = (what: string, cell: (name: ClientName) => string): string[] => [
    what,
    ...CLIENT_NAMES.map(cell),
  ];
  const rates = (figure: string) => (name: ClientName) => span(raw(name, figure));
  const cpuSeconds = (name: ClientName): string =>
    span(raw(name, 'consume.large.cpuMsPerMessage').map((ms) => (ms * CPU_MESSAGES) / 1000));
  const fenced = (suffix: string) => (name: ClientName) => {
    const [first, second] = ['firstIsFenced', 'secondIsFenced'].map((figure) =>
      raw(name, `${figure}${suffix}`),
    );
    return first === undefined || second === undefined ? '–' : fencedText(first, second);
  };
  const table = textTable(
    ['', ...CLIENT_NAMES.map((name) => CLIENT_TEXT[name])],
    [
      row('consume 245 kB, messages/s', rates('consume.large.messagesPerSecond')),
      row('consume 30 kB, messages/s', rates('consume.small.messagesPerSecond')),
      row(`CPU for ${CPU_MESSAGES} × 245 kB, s`, cpuSeconds),
      row('produce 245 kB, acks all, messages/s', rates('produce.large.messagesPerSecond')),
      row('produce 30 kB, acks all, messages/s', rates('produce.small.messagesPerSecond')),
      row(`aborted records returned, of ${ABORTED_RECORDS}`, rates('abortedReturned')),
      row(`committed records missing, of ${COMMITTED_RECORDS}`, rates('committedMissing')),
      row('two producers, one transactional id: fenced', fenced('')),
      row('· begun from producer id −1', fenced('FromNone')),
    ],
  );
  return [
    `Clients: medians (least – most) of ${rounds} rounds in fresh processes, uncompressed, one partition`,
    'Reading counts from the tenth part on; writing awaits each send of up to 800 kB, which streams/kafka',
    'makes a transaction, and the others do not',
    table,
  ].join('\n');
}

function fencedText(first: readonly number[], second: readonly number[]): string {
  if (first.length === 0) return '–';
  const [firstAlways, secondAlways] = [first, second].map((values) => values.every((value) => value === 1));
  const isNever = (values: readonly number[]): boolean => values.every((value) => value === 0);
  if (firstAlways === true && isNever(second)) return 'the first, as it should be';
  if (secondAlways === true && isNever(first)) return 'the second; the first commits';
  if (firstAlways === true && secondAlways === true) return 'both';
  return isNever(first) && isNever(second) ? 'neither' : 'not always the same';
}
