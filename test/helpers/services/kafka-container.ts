import { createWriteStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import type { KafkaBroker } from './kafka-broker.ts';
import { scramArguments, serverProperties } from './kafka-properties.ts';
import type { BrokerSettings } from './kafka-properties.ts';

const DEFAULT_IMAGE = 'apache/kafka';
const START_MS_MAX = 120_000;
const FOLDER = '/tmp/nightjar-kafka';
/** Made by the broker's own user, unlike the folder that files are copied to. */
const DATA_FOLDER = '/tmp/nightjar-kafka-data';
const JAVA = `java -Xmx256m -Xms128m -cp '/opt/kafka/libs/*'`;

/** True if a Docker engine answers. */
export async function hasDockerEngine(): Promise<boolean> {
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    return false;
  }
}

/**
 * A broker in a container of NIGHTJAR_KAFKA_IMAGE, which has Kafka in /opt/kafka and a Java, as `apache/kafka` has. Its ports
 * are the same inside and outside, since a broker tells clients where it is.
 */
export class ContainerBroker implements KafkaBroker {
  readonly logFile: string;
  readonly #container: StartedTestContainer;

  private constructor(container: StartedTestContainer, logFile: string) {
    this.#container = container;
    this.logFile = logFile;
  }

  static async create(options: {
    readonly folder: string;
    readonly clusterId: string;
    readonly settings: Omit<BrokerSettings, 'dataFolder' | 'bindAddress'>;
  }): Promise<ContainerBroker> {
    const { folder, clusterId, settings } = options;
    const { security } = settings;
    const inside =
      security === null
        ? null
        : { ...security, brokerFile: `${FOLDER}/broker.pem`, caFile: `${FOLDER}/ca.pem` };
    const properties = serverProperties({
      ...settings,
      security: inside,
      dataFolder: DATA_FOLDER,
      bindAddress: '0.0.0.0',
    });
    const files = [
      { target: `${FOLDER}/server.properties`, content: properties, mode: 0o644 },
      ...(security === null
        ? []
        : [
            { target: `${FOLDER}/broker.pem`, content: readFileSync(security.brokerFile), mode: 0o644 },
            { target: `${FOLDER}/ca.pem`, content: readFileSync(security.caFile), mode: 0o644 },
          ]),
    ];
    const logFile = path.join(folder, `broker-${settings.id}.log`);
    const container = await new GenericContainer(process.env['NIGHTJAR_KAFKA_IMAGE'] ?? DEFAULT_IMAGE)
      .withEntrypoint(['sh', '-c', startCommand(clusterId, scramArguments(security?.users ?? {}))])
      .withCopyContentToContainer(files)
      .withExposedPorts(...clientPorts(settings).map((port) => ({ container: port, host: port })))
      .withLogConsumer((stream) => stream.pipe(createWriteStream(logFile)))
      .withStartupTimeout(START_MS_MAX)
      .start();
    return new ContainerBroker(container, logFile);
  }

  async start(): Promise<void> {
    const { isRunning, start } = await this.#handle();
    if (!(await isRunning())) await start();
  }

  async kill(): Promise<void> {
    const { isRunning, kill } = await this.#handle();
    if (await isRunning()) await kill();
  }

  async stop(): Promise<void> {
    await (await this.#handle()).stop();
  }

  async close(): Promise<void> {
    await this.#container.stop({ timeout: 0 });
  }

  async #handle() {
    const { container: client } = await getContainerRuntimeClient();
    const container = client.getById(this.#container.getId());
    return {
      isRunning: async () => (await container.inspect()).State.Running,
      start: () => container.start(),
      kill: () => container.kill(),
      stop: () => container.stop({ t: 20 }),
    };
  }
}

/** Formats its folder the first time only, so that a broker that is started again has what it had. */
function startCommand(clusterId: string, users: readonly string[]): string {
  const format = ['kafka.tools.StorageTool format --ignore-formatted', '-t', clusterId, ...users.map(quoted)];
  const properties = `${FOLDER}/server.properties`;
  return `${JAVA} ${format.join(' ')} -c ${properties} && exec ${JAVA} kafka.Kafka ${properties}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function clientPorts({ id, ports, security }: Omit<BrokerSettings, 'dataFolder' | 'bindAddress'>): number[] {
  const own = ports[id - 1];
  if (own === undefined) return [];
  return security === null ? [own.plaintext] : [own.plaintext, own.saslSsl, own.saslPlaintext, own.ssl];
}
