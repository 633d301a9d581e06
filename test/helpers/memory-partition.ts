import { PipelineError } from '../../core/index.ts';
import type {
  OutRecord,
  PartitionInput,
  PartitionProgress,
  PartitionWork,
  TopicMessage,
} from '../../streams/index.ts';

/** What has been committed for a partition: what its next owner begins with. */
export interface Committed {
  readonly records: readonly OutRecord[];
  readonly nextOffset: bigint;
  readonly metadata: string;
}

/**
 * A topic partition in memory with the promises of the real one: what `commit` is given is there with its offset or not
 * at all, and whoever owns the partition next begins at the committed offset.
 */
export class MemoryPartition {
  readonly topic: string;
  readonly #messages: TopicMessage[] = [];
  #committed: Committed = { records: [], nextOffset: 0n, metadata: '' };

  constructor(topic: string) {
    this.topic = topic;
  }

  produce(value: Buffer | null, extra: { readonly headers?: Readonly<Record<string, string>> } = {}): void {
    this.#messages.push({
      topic: this.topic,
      partition: 0,
      offset: BigInt(this.#messages.length),
      timestampMs: 1_700_000_000_000 + this.#messages.length,
      key: null,
      value,
      headers: new Map(Object.entries(extra.headers ?? {}).map(([name, text]) => [name, Buffer.from(text)])),
    });
  }

  get committed(): Committed {
    return this.#committed;
  }

  /**
   * Does work on everything that was produced and is not committed.
   *
   * @param options.commitsMax further commits fail, as those of an owner that was cut off
   */
  async process(work: PartitionWork, options: { readonly commitsMax?: number } = {}): Promise<void> {
    let left = options.commitsMax ?? Infinity;
    let position = Number(this.#committed.nextOffset);
    const rest = (): readonly TopicMessage[] => this.#messages.slice(position);
    const input: PartitionInput = {
      topic: this.topic,
      partition: 0,
      metadata: this.#committed.metadata,
      signal: new AbortController().signal,
      available: () => Promise.resolve(rest().length > 0),
      take: ({ messagesMax }) => {
        const taken = rest().slice(0, messagesMax);
        position += taken.length;
        return Promise.resolve(taken);
      },
      commit: (records, progress) => {
        if (left-- <= 0) {
          return Promise.reject(
            new PipelineError('PARTITION_LOST', 'Cannot commit as the partition is lost'),
          );
        }
        this.#commit(records, progress);
        return Promise.resolve();
      },
    };
    await work(input);
  }

  #commit(records: readonly OutRecord[], { nextOffset, metadata }: PartitionProgress): void {
    this.#committed = { records: [...this.#committed.records, ...records], nextOffset, metadata };
  }
}
