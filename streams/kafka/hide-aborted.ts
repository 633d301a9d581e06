/** One partition in the answer to a fetch, as kafkajs decodes it; offsets and producers are 64-bit numbers as text. */
export interface FetchedPartition {
  /** Transactions that were aborted, and have messages here. */
  abortedTransactions?: readonly AbortedTransaction[];
  readonly messages: readonly FetchedMessage[];
}

interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  /** True for the marks that end transactions, which kafkajs shows to nobody. */
  isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** Version 0, type 0: the key of the mark that ends an aborted transaction. */
const ABORT_MARK = Buffer.alloc(4);

/**
 * Takes the messages of aborted transactions for what kafkajs shows to nobody, and the list of transactions away, so that
 * its own filter has nothing to do. That filter goes through the list in its order, one entry a message. But the brokers
 * give it in the order of the aborts, so that an entry waits behind one whose transaction began later, and what it should
 * have hidden is shown; and a message of a user whose key is four zero bytes ends the hiding. Messages stay in their places,
 * so that the reader goes on behind them.
 *
 * @source Kafka's protocol guide, "Fetch API": aborted_transactions; records of a producer from first_offset to its abort mark
 */
export function hideAborted(partition: FetchedPartition): void {
  const waiting = [...(partition.abortedTransactions ?? [])].sort((a, b) =>
    compare(BigInt(b.firstOffset), BigInt(a.firstOffset)),
  );
  if (waiting.length === 0) return;
  const aborting = new Set<string>();
  for (const message of partition.messages) {
    const offset = BigInt(message.offset);
    for (let next = waiting.at(-1); next && BigInt(next.firstOffset) <= offset; next = waiting.at(-1)) {
      aborting.add(next.producerId);
      waiting.pop();
    }
    const { producerId = '', inTransaction = false } = message.batchContext ?? {};
    if (message.isControlRecord === true) {
      if (message.key !== null && ABORT_MARK.equals(message.key)) aborting.delete(producerId);
    } else if (inTransaction && aborting.has(producerId)) {
      message.isControlRecord = true;
    }
  }
  partition.abortedTransactions = [];
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
