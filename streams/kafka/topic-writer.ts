import type { KafkaConnection } from './connection.ts';
import type { OutRecord } from './partition-input.ts';
import { TransactionalProducer, transactionClient } from './transactional-producer.ts';

/** Writes records under a transactional id of its own, without consuming anything. */
export class TopicWriter {
  readonly #open: () => Promise<TransactionalProducer>;
  #producer: TransactionalProducer;

  private constructor(open: () => Promise<TransactionalProducer>, producer: TransactionalProducer) {
    this.#open = open;
    this.#producer = producer;
  }

  /**
   * Fences whoever writes under the same id: what that one has committed can be read when this resolves, and nothing comes
   * after it.
   *
   * @param transactionalId begins with the group's id, for which rights are given
   * @throws PipelineError TOPIC_FORBIDDEN for the id, BROKER_UNREACHABLE
   */
  static async open(connection: KafkaConnection, transactionalId: string): Promise<TopicWriter> {
    const client = transactionClient(connection);
    const open = async (): Promise<TransactionalProducer> => {
      const producer = new TransactionalProducer(connection, client, transactionalId);
      try {
        await producer.open();
        return producer;
      } catch (error) {
        await producer.close();
        throw error;
      }
    };
    return new TopicWriter(open, await open());
  }

  /**
   * Writes records in one transaction: all of them become visible, or none. They can be read when this resolves, since the next
   * producer is opened by then.
   *
   * @throws PipelineError MESSAGE_TOO_LARGE, TOPIC_NOT_FOUND, TOPIC_FORBIDDEN, BROKER_UNREACHABLE; PARTITION_LOST if fenced, or
   *   if the outcome is not known; the writer is of no use after any of them
   */
  async publish(records: readonly OutRecord[]): Promise<void> {
    if (records.length === 0) return;
    await this.#producer.commit(records, []);
    await this.#producer.close();
    this.#producer = await this.#open();
  }

  close(): Promise<void> {
    return this.#producer.close();
  }
}
