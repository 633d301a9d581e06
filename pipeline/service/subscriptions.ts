import { wholeNamePattern } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { originOf, readMetadataMessage, readSpectrumMessage } from '../../streams/index.ts';
import type {
  MessageDecoder,
  MessageFormat,
  MessageRecords,
  PartitionWork,
  Subscription,
  TopicMessage,
} from '../../streams/index.ts';
import { forwardPartition } from './forward-partition.ts';
import type { ForwardPartitionParts } from './forward-partition.ts';
import { joinPartition } from './join-partition.ts';
import type { JoinPartitionParts } from './join-partition.ts';
import { retryPartition } from './retry-partition.ts';
import { scorePartition } from './score-partition.ts';
import type { ScorePartitionParts } from './score-partition.ts';

export type Source = Config['sources'][number];

export type SubscriptionParts = Omit<
  ScorePartitionParts & ForwardPartitionParts & JoinPartitionParts,
  'read'
> & {
  readonly config: Config;
  readonly decoder: MessageDecoder;
  readonly records: MessageRecords;
};

const AUTO: MessageFormat = { kind: 'auto' };

/** Which topics the group reads, and what is done with their partitions. */
export function subscriptionsOf(parts: SubscriptionParts): readonly Subscription[] {
  const { sources, service } = parts.config;
  const internal = (topic: string, work: PartitionWork): Subscription => {
    return { topics: [topic], pattern: null, start: 'earliest', work };
  };
  const alerts = scorePartition({ ...parts, read: (message) => parts.decoder.packets(message, AUTO) });
  return [
    ...sources.map((source) => ({ ...source, work: workOf(source, parts) })),
    ...(service.rekey ? [internal(service.alertsTopic, alerts)] : []),
    internal(
      service.retriesTopic,
      retryPartition((message) => retried(message, parts)),
    ),
  ];
}

function workOf(source: Source, parts: SubscriptionParts): PartitionWork {
  const reading = { records: parts.records, join: parts.config.join };
  switch (source.kind) {
    case 'spectra':
      return joinPartition(
        {
          cause: 'spectrum',
          read: (message) => readSpectrumMessage(message, reading),
          put: (store, spectrum, arrivedMs) => store.putSpectrum(spectrum, arrivedMs),
        },
        parts,
      );
    case 'metadata':
      return joinPartition(
        {
          cause: 'metadata',
          read: (message) => readMetadataMessage(message, reading),
          put: (store, record, arrivedMs) => store.putMetadata(record, arrivedMs),
        },
        parts,
      );
    case 'alerts': {
      const format = formatOf(source);
      const read = (message: TopicMessage): ReturnType<MessageDecoder['packets']> =>
        parts.decoder.packets(message, format);
      const isForwarded = parts.config.service.rekey && !source.keyed;
      return isForwarded ? forwardPartition({ ...parts, read }) : scorePartition({ ...parts, read });
    }
  }
}

/** A packet that is tried again is treated as its topic's packets are now; one of an unknown topic by its bytes. */
function retried(message: TopicMessage, parts: SubscriptionParts): PartitionWork {
  const origin = originOf(message);
  const topic = 'topic' in origin ? origin.topic : '';
  const source = sourceOfTopic(parts.config.sources, topic);
  if (source !== null) return workOf(source, parts);
  return scorePartition({ ...parts, read: (retry) => parts.decoder.packets(retry, AUTO) });
}

/** The source that reads a topic; `null` if none does. */
export function sourceOfTopic(sources: readonly Source[], topic: string): Source | null {
  return sources.find((source) => reads(source, topic)) ?? null;
}

/** How the alerts of a source are read. */
export function formatOf({ mapping }: Source): MessageFormat {
  return mapping === null ? AUTO : { kind: 'json', mapping };
}

function reads({ topics, pattern }: Source, topic: string): boolean {
  return topics.includes(topic) || (pattern !== null && wholeNamePattern(pattern).test(topic));
}
