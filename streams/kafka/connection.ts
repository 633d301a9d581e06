import kafkajs from 'kafkajs';
import type { Kafka, KafkaConfig, Producer, ProducerConfig } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { Clock, Config, Logger, Metrics } from '../../core/index.ts';
import { clientLog, clientLogLevel } from './client-log.ts';
import { repairClient } from './client-repairs.ts';
import { registerCodecs } from './codecs.ts';
import { kafkaFailure } from './errors.ts';
import { saslOptions } from './login.ts';
import { clientAddress, createSocketFactory } from './sockets.ts';
import { tlsOptions } from './tls-options.ts';
import { verifyBroker, verifyBrokers } from './verify.ts';

/** Attempts of kafkajs at one request, and their waits: about 6 s where a broker refuses at once. */
const RETRY = { initialRetryTime: 200, multiplier: 2, factor: 0.2, maxRetryTime: 5000, retries: 5 } as const;

export interface KafkaConnection {
  /** A configured client; nothing connects before its consumers, producers and admins do. */
  readonly client: Kafka;
  /** What the client was configured with: TLS, login, limits, log, sockets. */
  readonly clientConfig: KafkaConfig;
  readonly config: Config['kafka'];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** A producer that places keys as the Java client does, and creates no topics by the way. */
  createProducer(options?: Omit<ProducerConfig, 'createPartitioner' | 'allowAutoTopicCreation'>): Producer;
  /**
   * An error of the client as one of ours.
   *
   * @param action follows "Cannot": `read topic "ztf"`
   */
  failure(error: unknown, action: string): unknown;
  /**
   * Tries the brokers once, so that what is wrong is said at the start and in one line.
   *
   * @throws PipelineError BROKER_UNREACHABLE, BROKER_UNTRUSTED, BROKER_REFUSED_LOGIN
   */
  verify(): Promise<void>;
  /** Tries one of the brokers, with the same errors. */
  verifyBroker(broker: string): Promise<void>;
}

export interface ConnectOptions {
  readonly kafka: Config['kafka'];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * The brokers of a configuration, ready to be spoken to.
 *
 * @throws PipelineError CONFIG_INVALID if there are no brokers, or a file or a secret is missing or wrong
 */
export function connectKafka({ kafka, logger, metrics, clock }: ConnectOptions): KafkaConnection {
  if (kafka.brokers.length === 0)
    throw new PipelineError(
      'CONFIG_INVALID',
      'Cannot use Kafka as kafka.brokers must name a broker: current value is an empty list',
    );
  repairClient();
  registerCodecs(kafka.unpackedBytesMax);
  const ssl = tlsOptions(kafka.tls);
  const sasl = saslOptions(kafka, clock);
  const clientConfig: KafkaConfig = {
    clientId: kafka.clientId,
    brokers: kafka.brokers.map(clientAddress),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: kafka.connectTimeoutMs,
    requestTimeout: kafka.requestTimeoutMs,
    retry: RETRY,
    socketFactory: createSocketFactory({
      onError: () => {
        metrics.count('nightjar_kafka_connection_errors_total', null);
      },
    }),
    logLevel: clientLogLevel(logger),
    logCreator: clientLog(logger),
  };
  const client = new kafkajs.Kafka(clientConfig);
  return {
    client,
    clientConfig,
    config: kafka,
    logger,
    metrics,
    clock,
    createProducer: (options = {}) =>
      client.producer({
        ...options,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
      }),
    failure: (error, action) => kafkaFailure(error, { action, kafka }),
    verify: () => verifyBrokers({ clientConfig, kafka }),
    verifyBroker: (broker) => verifyBroker({ broker, clientConfig, kafka, sockets: new Set() }),
  };
}
