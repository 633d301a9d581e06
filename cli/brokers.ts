import { Metrics, createLogger, systemClock } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { TopicAdmin, connectKafka } from '../streams/index.ts';
import type { KafkaConnection } from '../streams/index.ts';

/**
 * The brokers of a configuration for a verb that ends: whatever goes wrong is its failure, so the client's own log is silent.
 *
 * @throws PipelineError BROKER_UNREACHABLE, BROKER_REFUSED_LOGIN, BROKER_UNTRUSTED
 */
export async function connectOnce(kafka: Config['kafka']): Promise<KafkaConnection> {
  const logger = createLogger('silent');
  const connection = connectKafka({ kafka, logger, metrics: new Metrics(), clock: systemClock });
  await connection.verify();
  return connection;
}

/** Asks or tells the brokers something about topics and groups. */
export async function withAdmin<T>(
  kafka: Config['kafka'],
  use: (admin: TopicAdmin) => Promise<T>,
): Promise<T> {
  const admin = await TopicAdmin.open(await connectOnce(kafka));
  try {
    return await use(admin);
  } finally {
    await admin.close();
  }
}
