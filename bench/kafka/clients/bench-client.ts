/** What a reader does with what has come; true when it needs no more. */
export type TakeValues = (values: readonly (Buffer | null)[]) => boolean;

/** One transaction after the other under one transactional id. */
export interface TransactionWriter {
  /** Sends in the transaction that is open, or in a new one. */
  send(topic: string, value: string): Promise<void>;
  commit(): Promise<void>;
  close(): Promise<void>;
}

/** A Kafka client as it is measured: each by its own means, all with the same limits. */
export interface BenchClient {
  /** Reads a topic from its beginning, read committed, as the only member of a new group, until `take` has enough. */
  consume(topic: string, take: TakeValues): Promise<void>;
  /** Writes one send after the other, each acknowledged by all replicas in sync before the next. */
  produce(topic: string, sends: readonly (readonly Buffer[])[]): Promise<void>;
  openTransactions(transactionalId: string): Promise<TransactionWriter>;
}

/** Of one answer of a broker, of one partition in it, and a broker's wait for more: the service's defaults. */
export const FETCH_LIMITS = { bytesMax: 33_554_432, partitionBytesMax: 8_388_608, waitMs: 500 } as const;
