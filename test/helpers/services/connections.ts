import { configSchema, createLogger, Metrics, systemClock } from '../../../core/index.ts';
import type { Config, ConfigInput } from '../../../core/index.ts';
import { connectKafka } from '../../../streams/kafka/connection.ts';
import type { KafkaConnection } from '../../../streams/kafka/connection.ts';

/** The `kafka` section of a configuration, with the defaults. */
export function kafkaConfig(kafka: ConfigInput['kafka']): Config['kafka'] {
  return configSchema.parse({ kafka }).kafka;
}

/** A connection as the service makes it, silent. */
export function connectionTo(kafka: ConfigInput['kafka']): KafkaConnection {
  return connectKafka({
    kafka: kafkaConfig(kafka),
    logger: createLogger('silent'),
    metrics: new Metrics(),
    clock: systemClock,
  });
}
