import type { Kafka } from '../../test/helpers/services/kafka-cluster.ts';
import { produce } from '../../test/helpers/services/topics.ts';
import { openBenchData, withTemporaryFolder } from '../data.ts';
import type { BenchData } from '../data.ts';
import type { BenchReport } from '../result.ts';
import { withBroker } from './broker.ts';
import { measureClients } from './clients.ts';
import type { PartContext, ReportPart } from './part.ts';
import { measureService } from './service.ts';
import { measureStall } from './stall.ts';
import { surveyMessages } from './survey-messages.ts';
import type { SurveyMessage, SurveyMessages } from './survey-messages.ts';

export const KAFKA_PARTS = ['service', 'stall', 'clients'] as const;
export type KafkaPart = (typeof KAFKA_PARTS)[number];

export interface KafkaBenchOptions {
  readonly isSimulated: boolean;
  /** Alerts of each night where packets are simulated. */
  readonly simulatedAlerts: number;
  readonly parts: readonly KafkaPart[];
  readonly rounds: number;
  /** Through the service, in each process. */
  readonly packets: number;
  readonly partitions: number;
  /** Of 245 kB, read by each client in each process. */
  readonly messages: number;
  /** Values of kafka.queueBytesMax that memory is measured at. */
  readonly queueBytesMax: readonly number[];
  readonly stallMs: number;
  /** Until a commit that is not answered has failed, while memory is measured. */
  readonly stallTransactionTimeoutMs: number;
  readonly onProgress: (what: string) => void;
}

/** The topic of the stalled service has so many times what the largest queue may hold. */
const STALL_FACTOR = 4;
const SERVICE_TOPIC = 'bench-packets';
const STALL_TOPIC = 'bench-stall';
/** Survey packets are larger than brokers take by default. */
const TOPIC_CONFIG = { 'max.message.bytes': '16777216' };

interface Stage {
  readonly kafka: Kafka;
  readonly data: BenchData;
  readonly messages: SurveyMessages;
  readonly folder: string;
  readonly context: PartContext;
  readonly options: KafkaBenchOptions;
}

const MEASURES: { readonly [P in KafkaPart]: (stage: Stage) => Promise<ReportPart> } = {
  service: async ({ kafka, data, messages, folder, context, options: { partitions } }) => {
    await fillTopic(kafka, { topic: SERVICE_TOPIC, partitions, messages: messages.messages() });
    return measureService({
      ...context,
      topic: SERVICE_TOPIC,
      messages,
      schemasDir: data.schemasDir,
      folder,
    });
  },
  stall: async ({ kafka, data, messages, folder, context, options }) => {
    const { partitions, queueBytesMax, stallMs, stallTransactionTimeoutMs } = options;
    const topicBytes = STALL_FACTOR * Math.max(...queueBytesMax);
    const enough = inALoop(messages, topicBytes);
    await fillTopic(kafka, { topic: STALL_TOPIC, partitions, messages: enough });
    return measureStall({
      ...context,
      topic: STALL_TOPIC,
      topicBytes,
      topicPartitions: partitions,
      schemasDir: data.schemasDir,
      folder,
      queueBytesMax,
      durationMs: stallMs,
      transactionTimeoutMs: stallTransactionTimeoutMs,
    });
  },
  clients: ({ kafka, context, options: { messages } }) => measureClients({ ...context, kafka, messages }),
};

/**
 * The service between two topics, its memory when nothing comes through, and the Kafka clients, on a broker of its own.
 *
 * @throws NoBroker if no broker can be had
 */
export function kafkaBench(options: KafkaBenchOptions): Promise<BenchReport> {
  return withTemporaryFolder((folder) =>
    withBroker(async (kafka) => {
      const { rounds, packets, partitions, parts, onProgress } = options;
      const data = await openBenchData(folder, options);
      onProgress(`${packets} packets are read`);
      const messages = await surveyMessages(data, packets);
      const context = { brokers: kafka.brokers, rounds, onProgress };
      const found: ReportPart[] = [];
      for (const part of parts) {
        found.push(await MEASURES[part]({ kafka, data, messages, folder, context, options }));
      }
      return {
        name: 'kafka',
        config: {
          data: data.kind,
          parts,
          rounds,
          partitions,
          ...merged(found, ({ config }) => config),
        },
        n: { ...messages.mix, packetBytes: messages.bytes, ...merged(found, ({ n }) => n) },
        figures: merged(found, ({ figures }) => figures),
        text: found.map(({ text }) => text).join('\n\n'),
      };
    }),
  );
}

function merged<T>(
  parts: readonly ReportPart[],
  of: (part: ReportPart) => Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(of(part))));
}

async function fillTopic(
  kafka: Kafka,
  into: {
    readonly topic: string;
    readonly partitions: number;
    readonly messages: Iterable<SurveyMessage>;
  },
): Promise<void> {
  const { topic, partitions, messages } = into;
  await kafka.createTopic({ topic, partitions, config: TOPIC_CONFIG });
  await produce(kafka, topic, messages);
}

/** Messages over and over: beyond the first, they only have to lie in the topic. */
function* inALoop(packets: SurveyMessages, bytesMin: number): Generator<SurveyMessage> {
  for (let bytes = 0; bytes < bytesMin;)
    for (const message of packets.messages()) {
      yield message;
      bytes += message.value.length;
      if (bytes >= bytesMin) return;
    }
}
