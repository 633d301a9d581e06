/** One message as it was read from a topic. */
export interface TopicMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** When it was produced, or appended, as its topic is set up; ms since 1970 UTC. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  /** `null` for a tombstone. */
  readonly value: Buffer | null;
  /** Of headers that are there several times, the last. */
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** One message to be written. */
export interface OutRecord {
  readonly topic: string;
  /** Records of one key come to one partition, in order; `null` for any. */
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
}

/** How far a partition is done. */
export interface PartitionProgress {
  /** Everything below it is done. */
  readonly nextOffset: bigint;
  /** Kept with the offset, at most 4096 bytes. */
  readonly metadata: string;
}

/**
 * One partition of a topic while this instance owns it: messages from the group's committed offset on, and a way to
 * finish them. Everything that `commit` writes becomes visible together with the offset, or not at all.
 */
export interface PartitionInput {
  readonly topic: string;
  readonly partition: number;
  /** What was committed with the offset on which this goes on; `''` at the beginning. */
  readonly metadata: string;
  /** Aborts when the partition goes to another instance, or the service stops: what is not in a commit yet may be dropped. */
  readonly signal: AbortSignal;
  /** Waits until `take` would give something at once: true; or until the partition is given up: false. */
  available(): Promise<boolean>;
  /**
   * The next messages, in order: waits for the first, and takes what else is there, up to the limits.
   *
   * @param limits.bytesMax the message that reaches it is the last
   * @returns none when the partition is given up
   */
  take(limits: { readonly messagesMax: number; readonly bytesMax: number }): Promise<readonly TopicMessage[]>;
  /**
   * Writes records and moves the group's offset in one transaction. Commits are made in the order of the calls.
   *
   * @throws PipelineError PARTITION_LOST if another instance has the partition now, or the outcome is not known;
   *   MESSAGE_TOO_LARGE, TOPIC_FORBIDDEN, BROKER_UNREACHABLE
   */
  commit(records: readonly OutRecord[], progress: PartitionProgress): Promise<void>;
}

/** What is done with a partition: resolves when `take` gave nothing more, and rejects with what ended it. */
export type PartitionWork = (input: PartitionInput) => Promise<void>;
