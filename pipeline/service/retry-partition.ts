import type {
  OutRecord,
  PartitionInput,
  PartitionProgress,
  PartitionWork,
  TopicMessage,
} from '../../streams/index.ts';

/** Messages one by one, each by the work that is right for it. */
export function retryPartition(workFor: (message: TopicMessage) => PartitionWork): PartitionWork {
  return async (input) => {
    let metadata = input.metadata;
    for (;;) {
      const [message] = await input.take({ messagesMax: 1, bytesMax: 1 });
      if (message === undefined) return;
      const single = new SingleMessage(input, { message, metadata });
      await workFor(message)(single);
      metadata = single.metadata;
    }
  };
}

/** A partition as if it held one message. */
class SingleMessage implements PartitionInput {
  metadata: string;
  readonly #input: PartitionInput;
  #message: TopicMessage | null;

  constructor(input: PartitionInput, start: { readonly message: TopicMessage; readonly metadata: string }) {
    this.#input = input;
    this.#message = start.message;
    this.metadata = start.metadata;
  }

  get topic(): string {
    return this.#input.topic;
  }

  get partition(): number {
    return this.#input.partition;
  }

  get signal(): AbortSignal {
    return this.#input.signal;
  }

  available(): Promise<boolean> {
    return Promise.resolve(this.#message !== null);
  }

  take(): Promise<readonly TopicMessage[]> {
    const messages = this.#message === null ? [] : [this.#message];
    this.#message = null;
    return Promise.resolve(messages);
  }

  async commit(records: readonly OutRecord[], progress: PartitionProgress): Promise<void> {
    await this.#input.commit(records, progress);
    this.metadata = progress.metadata;
  }
}
