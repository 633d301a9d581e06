import type { IHeaders } from 'kafkajs';
import type { TopicMessage } from './partition-input.ts';

/** A message as kafkajs gives it. */
interface ClientMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: IHeaders;
}

export function topicMessage(topic: string, partition: number, message: ClientMessage): TopicMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: messageHeaders(message.headers),
  };
}

/** Of headers that are there several times, the last. */
function messageHeaders(headers: IHeaders | undefined): TopicMessage['headers'] {
  const entries = Object.entries(headers ?? {}).map(([name, values]) => {
    const value = Array.isArray(values) ? values.at(-1) : values;
    return [name, Buffer.isBuffer(value) ? value : Buffer.from(value ?? '')] as const;
  });
  return new Map(entries);
}
