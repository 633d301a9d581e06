import type { Socket } from 'node:net';
import tls from 'node:tls';
import kafkajs from 'kafkajs';
import type { Admin, KafkaConfig } from 'kafkajs';
import { PipelineError } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { kafkaFailure, loginName } from './errors.ts';
import { clientAddress, createSocketFactory, splitAddress } from './sockets.ts';

interface VerifyOptions {
  readonly clientConfig: KafkaConfig;
  readonly kafka: Config['kafka'];
}

/** What was reached of a broker before it failed. */
type Reached = 'nothing' | 'versions';

/**
 * Tries every broker of the configuration once, all at the same time, and is content when one lets us in: connects, logs in,
 * and asks for the cluster. kafkajs alone tries again for a long time, and says "Closed connection" of whatever it did not
 * expect; here each broker has `kafka.connectTimeoutMs` for each of the three, and the reason is looked for.
 *
 * @throws PipelineError BROKER_UNTRUSTED, BROKER_REFUSED_LOGIN or BROKER_UNREACHABLE, in this order if brokers differ
 */
export async function verifyBrokers({ clientConfig, kafka }: VerifyOptions): Promise<void> {
  const sockets = new Set<Socket>();
  const attempts = kafka.brokers.map(async (broker) => {
    try {
      await verifyBroker({ broker, clientConfig, kafka, sockets });
      for (const socket of sockets) socket.destroy(new Error('Another broker has answered'));
      return null;
    } catch (error) {
      return error;
    }
  });
  const failures = await Promise.all(attempts);
  if (!failures.includes(null)) throw mostTelling(failures);
}

const TELLING: readonly string[] = ['BROKER_UNTRUSTED', 'BROKER_REFUSED_LOGIN'];

function mostTelling(failures: readonly unknown[]): unknown {
  for (const code of TELLING) {
    const found = failures.find((error) => error instanceof PipelineError && error.code === code);
    if (found !== undefined) return found;
  }
  return failures[0];
}

interface BrokerAttempt extends VerifyOptions {
  readonly broker: string;
  /** Those that are open, so that an attempt can be cut short. */
  readonly sockets: Set<Socket>;
}

/**
 * Tries one broker once: connects, logs in, and asks for the cluster.
 *
 * @throws PipelineError BROKER_UNTRUSTED, BROKER_REFUSED_LOGIN, BROKER_UNREACHABLE
 */
export async function verifyBroker(attempt: BrokerAttempt): Promise<void> {
  const { broker, kafka } = attempt;
  let reached: Reached = 'nothing';
  const admin = oneAttemptAdmin(attempt);
  try {
    await admin.connect();
    reached = 'versions';
    await admin.describeCluster();
  } catch (error) {
    const closed = isClosed(error) ? await closedReason(attempt, reached) : null;
    throw closed ?? kafkaFailure(error, { action: `connect to broker "${broker}"`, kafka });
  } finally {
    await admin.disconnect();
  }
}

function oneAttemptAdmin({ broker, clientConfig, kafka, sockets }: BrokerAttempt): Admin {
  const client = new kafkajs.Kafka({
    ...clientConfig,
    brokers: [clientAddress(broker)],
    requestTimeout: kafka.connectTimeoutMs,
    retry: { retries: 0 },
    logLevel: kafkajs.logLevel.NOTHING,
    socketFactory: createSocketFactory({
      onOpen: (socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
      },
    }),
  });
  return client.admin({ retry: { retries: 0 } });
}

const CLOSING_CODES: readonly unknown[] = ['ECONNRESET', 'EPIPE'];

/** True if the broker hung up, without a word, on what it was told. */
function isClosed(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next.name === 'KafkaJSConnectionClosedError') return true;
    if ('code' in next && CLOSING_CODES.includes(next.code)) return true;
  }
  return false;
}

/** Why a broker hung up: it speaks TLS and we do not, or the reverse, or it wants a login. `null` if it is none of these. */
async function closedReason(attempt: BrokerAttempt, reached: Reached): Promise<PipelineError | null> {
  const { broker, kafka } = attempt;
  const cannot = `Cannot connect to broker "${broker}" as`;
  if (reached === 'versions')
    return kafka.sasl === null && (await hangsUp(attempt))
      ? new PipelineError(
          'BROKER_REFUSED_LOGIN',
          `${cannot} it hangs up on clients without a login: current value is ${loginName(kafka)}`,
        )
      : null;
  if (kafka.tls === null)
    return (await speaksTls(broker, kafka.connectTimeoutMs))
      ? new PipelineError(
          'BROKER_UNTRUSTED',
          `${cannot} it speaks TLS there: current value of kafka.tls is null`,
        )
      : null;
  return (await speaksPlainly(attempt))
    ? new PipelineError(
        'BROKER_UNTRUSTED',
        `${cannot} it does not speak TLS there: current value of kafka.tls is not null`,
      )
    : null;
}

/** True if the broker hangs up once more: one that is being stopped does so once. */
async function hangsUp(attempt: BrokerAttempt): Promise<boolean> {
  const admin = oneAttemptAdmin(attempt);
  try {
    await admin.connect();
    await admin.describeCluster();
    return false;
  } catch (error) {
    return isClosed(error);
  } finally {
    await admin.disconnect();
  }
}

/** True if the broker goes through a handshake of TLS; nothing is sent, and no certificate is trusted. */
function speaksTls(broker: string, timeoutMs: number): Promise<boolean> {
  const { host, port } = splitAddress(broker);
  return new Promise((resolve) => {
    const socket = tls.connect({ host, port, rejectUnauthorized: false, timeout: timeoutMs });
    const end = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    // A broker that wants a client's certificate sends its own before it says so.
    socket.once('error', (error: NodeJS.ErrnoException) => {
      end(/^ERR_SSL_.*ALERT/.test(error.code ?? ''));
    });
    socket.once('secureConnect', () => {
      end(true);
    });
    socket.once('timeout', () => {
      end(false);
    });
  });
}

/** True if the broker tells its versions without encryption; no login is sent. */
async function speaksPlainly(attempt: BrokerAttempt): Promise<boolean> {
  const { brokers, clientId = 'nightjar', connectionTimeout = 0 } = attempt.clientConfig;
  const admin = oneAttemptAdmin({ ...attempt, clientConfig: { brokers, clientId, connectionTimeout } });
  try {
    await admin.connect();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}
