import type { TopicMessage } from '../../streams/kafka/partition-input.ts';

/** A message as it comes from a topic: offset 5 of partition 2 of "alerts", unless said otherwise. */
export function topicMessage(
  value: Buffer | string | null,
  {
    headers = {},
    ...place
  }: Partial<Omit<TopicMessage, 'value' | 'headers'>> & {
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): TopicMessage {
  return {
    topic: 'alerts',
    partition: 2,
    offset: 5n,
    timestampMs: 0,
    key: null,
    ...place,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers: new Map(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  };
}
