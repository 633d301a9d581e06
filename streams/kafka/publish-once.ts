import type { KafkaConnection } from './connection.ts';
import type { OutRecord } from './partition-input.ts';
import { TransactionalProducer, transactionClient } from './transactional-producer.ts';

/**
 * Writes records in one transaction: all of them become visible, or none. Another writer under the same id is fenced.
 *
 * @param options.transactionalId begins with the group's id, for which rights are given
 * @throws PipelineError MESSAGE_TOO_LARGE, TOPIC_NOT_FOUND, TOPIC_FORBIDDEN, BROKER_UNREACHABLE; PARTITION_LOST if fenced, or
 *   if the outcome is not known
 */
export async function publishOnce(
  connection: KafkaConnection,
  options: { readonly transactionalId: string; readonly records: readonly OutRecord[] },
): Promise<void> {
  if (options.records.length === 0) return;
  const producer = new TransactionalProducer(
    connection,
    transactionClient(connection),
    options.transactionalId,
  );
  try {
    await producer.open();
    await producer.commit(options.records, []);
  } finally {
    await producer.close();
  }
}
