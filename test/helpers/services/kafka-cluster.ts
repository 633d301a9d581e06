import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import type { Admin, Kafka as KafkaClient } from 'kafkajs';
import { repairClient } from '../../../streams/kafka/client-repairs.ts';
import { unavailable } from './availability.ts';
import type { ServiceOwner } from './availability.ts';
import { kafkaArtefacts } from './kafka-artefacts.ts';
import { ProcessBroker } from './kafka-broker.ts';
import type { KafkaBroker } from './kafka-broker.ts';
import { ContainerBroker, hasDockerEngine } from './kafka-container.ts';
import type { BrokerPorts } from './kafka-properties.ts';
import { makeCertificates } from './kafka-security.ts';
import type { Certificates } from './kafka-security.ts';
import { eventually, freePorts, hasProgram } from './processes.ts';

// The client is a CommonJS module, whose names cannot all be imported by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes, logLevel } = kafkajs;

const READY_MS_MAX = 90_000;
const LOG_TAIL_CHARS = 3000;
const DEFAULT_USERS = { reader: 'reader-secret', writer: 'writer-secret' };

export interface KafkaOptions {
  /** One by default. Three are processes of this machine even where a Docker engine answers. */
  readonly brokers?: 1 | 3;
  /**
   * Adds listeners with login and encryption, and rights: who logs in may do what `allow` says, and nothing else. Who comes
   * to `brokers` without login, as the tests themselves do, may do everything.
   */
  readonly security?: boolean;
  /** Passwords by user; without it `reader` and `writer`, each with NAME-secret. */
  readonly users?: Readonly<Record<string, string>>;
  /** Laid over server.properties of every broker. */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** A right of a user; `name` ends in `*` for all that begin with what is before it, and is `*` for all. */
export interface Right {
  readonly user: string;
  readonly kind: 'topic' | 'group' | 'transactionalId' | 'cluster';
  readonly name: string;
  readonly operations: readonly (keyof typeof kafkajs.AclOperationTypes)[];
}

const KINDS = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  transactionalId: AclResourceTypes.TRANSACTIONAL_ID,
  cluster: AclResourceTypes.CLUSTER,
} as const;

/**
 * Starts a Kafka cluster for a test and ends it after it: in a container where a Docker engine answers, else as Java processes.
 * Where there is neither, the test is skipped and says so, or fails under NIGHTJAR_REQUIRE_KAFKA=1.
 */
export async function startKafka(owner: ServiceOwner, options: KafkaOptions = {}): Promise<Kafka | null> {
  const count = options.brokers ?? 1;
  const inContainer = count === 1 && (await hasDockerEngine());
  const artefacts = inContainer ? null : kafkaArtefacts();
  if (artefacts !== null && !artefacts.ok) return unavailable(owner, 'NIGHTJAR_REQUIRE_KAFKA', artefacts.why);
  if (options.security === true && !hasProgram('openssl', 'version'))
    return unavailable(
      owner,
      'NIGHTJAR_REQUIRE_KAFKA',
      'the openssl program is not there to make certificates',
    );

  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-kafka-'));
  const certificates = options.security === true ? makeCertificates(folder) : null;
  const ports = await brokerPorts(count);
  const clusterId = newClusterId();
  const users = options.users ?? DEFAULT_USERS;
  const create = (_: BrokerPorts, i: number): Promise<KafkaBroker> => {
    const settings = {
      id: i + 1,
      ports,
      security: certificates === null ? null : { ...certificates, users },
      extra: options.properties ?? {},
    };
    if (artefacts === null) return ContainerBroker.create({ folder, clusterId, settings });
    const own = path.join(folder, `broker-${i + 1}`);
    return ProcessBroker.create({ folder: own, libraries: artefacts.libraries, clusterId, settings });
  };
  const kafka = new Kafka({
    folder,
    ports,
    certificates,
    users,
    brokers: await Promise.all(ports.map(create)),
  });
  owner.after(() => kafka.close());
  await kafka.startAll();
  return kafka;
}

/** A running cluster. Brokers have the ids 1, 2, 3. */
export class Kafka {
  /** Addresses without login and encryption. */
  readonly brokers: readonly string[];
  /** Addresses with them; nobody listens there unless `security` was asked for. The certificates are for `localhost` alone. */
  readonly listeners: {
    readonly saslSsl: readonly string[];
    readonly saslPlaintext: readonly string[];
    /** Here a client shows a certificate. */
    readonly ssl: readonly string[];
  };
  readonly certificates: Certificates | null;
  readonly users: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #brokers: readonly KafkaBroker[];

  constructor(parts: {
    readonly folder: string;
    readonly ports: readonly BrokerPorts[];
    readonly certificates: Certificates | null;
    readonly users: Readonly<Record<string, string>>;
    readonly brokers: readonly KafkaBroker[];
  }) {
    const addresses = (host: string, port: keyof BrokerPorts): readonly string[] =>
      parts.ports.map((own) => `${host}:${own[port]}`);
    this.brokers = addresses('127.0.0.1', 'plaintext');
    this.listeners = {
      saslSsl: addresses('localhost', 'saslSsl'),
      saslPlaintext: addresses('localhost', 'saslPlaintext'),
      ssl: addresses('localhost', 'ssl'),
    };
    this.certificates = parts.certificates;
    this.users = parts.users;
    this.#folder = parts.folder;
    this.#brokers = parts.brokers;
  }

  /** A client of the test's own: no login, all rights, no log. Unrepaired, it would miss committed messages. */
  client(): KafkaClient {
    repairClient();
    return new kafkajs.Kafka({
      clientId: 'test',
      brokers: [...this.brokers],
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, retries: 10 },
    });
  }

  async withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.client().admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }

  async createTopic({ topic, partitions = 1, config = {} }: NewTopic): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.withAdmin((admin) =>
      admin.createTopics({
        topics: [{ topic, numPartitions: partitions, configEntries }],
        waitForLeaders: true,
      }),
    );
  }

  /** Gives users rights; needs `security`. */
  async allow(...rights: readonly Right[]): Promise<void> {
    const acl = rights.flatMap(({ user, kind, name, operations }) =>
      operations.map((operation) => ({
        resourceType: KINDS[kind],
        resourceName: isPrefix(name) ? name.slice(0, -1) : name,
        resourcePatternType: isPrefix(name) ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
        principal: `User:${user}`,
        host: '*',
        operation: AclOperationTypes[operation],
        permissionType: AclPermissionTypes.ALLOW,
      })),
    );
    await this.withAdmin((admin) => admin.createAcls({ acl }));
  }

  /** Starts brokers that are not running, and waits until the cluster has them all. */
  async startAll(): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.start()));
    await this.ready();
  }

  /** Starts a broker that was killed or stopped; `ready` waits for it. */
  start(id: number): Promise<void> {
    return this.#broker(id).start();
  }

  kill(id: number): Promise<void> {
    return this.#broker(id).kill();
  }

  stop(id: number): Promise<void> {
    return this.#broker(id).stop();
  }

  async restart(id: number): Promise<void> {
    await this.stop(id);
    await this.start(id);
  }

  /** Waits until every broker answers, and knows of all of them and of a controller. */
  async ready(): Promise<void> {
    try {
      for (const address of this.brokers)
        await eventually(`broker ${address}`, READY_MS_MAX, () => this.#isWhole(address));
    } catch (cause) {
      throw new Error(`Cannot use the Kafka cluster as it did not come up: ${this.logTails()}`, { cause });
    }
  }

  async #isWhole(address: string): Promise<true | null> {
    const retry = { retries: 0 };
    const client = new kafkajs.Kafka({ brokers: [address], logLevel: logLevel.NOTHING, retry });
    const admin = client.admin();
    try {
      await admin.connect();
      const { brokers, controller } = await admin.describeCluster();
      return brokers.length === this.#brokers.length && controller !== null ? true : null;
    } finally {
      await admin.disconnect();
    }
  }

  /** The end of each broker's log. */
  logTails(): string {
    const tails = this.#brokers.map(({ logFile }) =>
      existsSync(logFile) ? `${logFile}:\n${readFileSync(logFile, 'utf8').slice(-LOG_TAIL_CHARS)}` : '',
    );
    return tails.join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.#brokers.map((broker) => broker.close()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #broker(id: number): KafkaBroker {
    const broker = this.#brokers[id - 1];
    if (broker === undefined)
      throw new RangeError(`Cannot find a broker: current id is ${id} of ${this.#brokers.length}`);
    return broker;
  }
}

/** 16 bytes in base64url, and never a dash in front: Kafka's tool would take that for a flag, so Kafka makes no such id itself. */
function newClusterId(): string {
  const id = randomBytes(16);
  id[0] = (id[0] ?? 0) & 0x7f;
  return id.toString('base64url');
}

function isPrefix(name: string): boolean {
  return name.length > 1 && name.endsWith('*');
}

async function brokerPorts(count: number): Promise<BrokerPorts[]> {
  const free = await freePorts(count * 5);
  return Array.from({ length: count }, (_, i) => {
    const [plaintext = 0, controller = 0, saslSsl = 0, saslPlaintext = 0, ssl = 0] = free.slice(i * 5);
    return { plaintext, controller, saslSsl, saslPlaintext, ssl };
  });
}
