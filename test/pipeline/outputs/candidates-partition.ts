import type { OutRecord, PartitionInput, PartitionProgress, TopicMessage } from '../../../streams/index.ts';

/** A message at an offset of partition 0. */
export function topicMessage(
  topic: string,
  offset: number,
  parts: { readonly key?: string; readonly value: Buffer | string | null } & Partial<
    Pick<TopicMessage, 'headers' | 'timestampMs'>
  >,
): TopicMessage {
  const { key, value, headers = new Map(), timestampMs = 0 } = parts;
  return {
    topic,
    partition: 0,
    offset: BigInt(offset),
    timestampMs,
    key: key === undefined ? null : Buffer.from(key),
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers,
  };
}

/** A partition in memory: gives messages, keeps what is committed. */
export class CandidatesPartition implements PartitionInput {
  readonly topic: string;
  readonly partition = 0;
  readonly metadata = '';
  readonly commits: { readonly records: readonly OutRecord[]; readonly progress: PartitionProgress }[] = [];
  readonly #messages: TopicMessage[];
  readonly #lost = new AbortController();

  constructor(messages: readonly TopicMessage[]) {
    this.topic = messages[0]?.topic ?? 'empty';
    this.#messages = [...messages];
  }

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get nextOffset(): bigint | null {
    return this.commits.at(-1)?.progress.nextOffset ?? null;
  }

  available(): Promise<boolean> {
    return Promise.resolve(!this.signal.aborted && this.#messages.length > 0);
  }

  lose(): void {
    this.#lost.abort();
  }

  take(limits: { readonly messagesMax: number }): Promise<readonly TopicMessage[]> {
    return Promise.resolve(this.signal.aborted ? [] : this.#messages.splice(0, limits.messagesMax));
  }

  commit(records: readonly OutRecord[], progress: PartitionProgress): Promise<void> {
    this.commits.push({ records, progress });
    return Promise.resolve();
  }
}
