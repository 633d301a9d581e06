/** Ports of one broker's listeners; those for clients other than `plaintext` are there where security is wanted. */
export interface BrokerPorts {
  readonly plaintext: number;
  readonly controller: number;
  readonly saslSsl: number;
  readonly saslPlaintext: number;
  readonly ssl: number;
}

export interface BrokerSettings {
  readonly id: number;
  /** Of all brokers, by id from 1. */
  readonly ports: readonly BrokerPorts[];
  readonly dataFolder: string;
  /** Where it listens: loopback, or every address within a container. */
  readonly bindAddress: string;
  readonly security: SecuritySettings | null;
  readonly extra: Readonly<Record<string, string>>;
}

export interface SecuritySettings {
  /** PEM file with the broker's key and certificate. */
  readonly brokerFile: string;
  readonly caFile: string;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
}

const LISTENERS = [
  { name: 'SASL_SSL', port: 'saslSsl', host: 'localhost' },
  { name: 'SASL_PLAINTEXT', port: 'saslPlaintext', host: 'localhost' },
  { name: 'SSL', port: 'ssl', host: 'localhost' },
] as const;

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'];
const JAAS = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  SCRAM: 'org.apache.kafka.common.security.scram.ScramLoginModule',
  OAUTHBEARER: 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule',
};

/** The server.properties of a process that is broker and controller, small and quick to fail over. */
export function serverProperties(settings: BrokerSettings): string {
  const properties = {
    ...roles(settings),
    ...smallness(settings.ports.length),
    ...(settings.security === null ? {} : securityProperties(settings.security)),
    ...settings.extra,
  };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  return lines.join('');
}

function roles({ id, ports, dataFolder, bindAddress, security }: BrokerSettings): Record<string, string> {
  const own = ports[id - 1];
  if (own === undefined) throw new RangeError(`Cannot set up a broker without ports: current id is ${id}`);
  const clients = security === null ? [] : LISTENERS;
  const all = [
    { name: 'PLAINTEXT', port: own.plaintext, host: '127.0.0.1' },
    ...clients.map(({ name, port, host }) => ({ name, port: own[port], host })),
  ];
  const listeners = [...all, { name: 'CONTROLLER', port: own.controller }];
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': ports
      .map(({ controller }, i) => `${i + 1}@127.0.0.1:${controller}`)
      .join(','),
    listeners: listeners.map(({ name, port }) => `${name}://${bindAddress}:${port}`).join(','),
    'advertised.listeners': all.map(({ name, port, host }) => `${name}://${host}:${port}`).join(','),
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...all.map(({ name }) => `${name}:${name}`),
    ].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
  };
}

function smallness(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const inSync = String(Math.min(2, brokers));
  return {
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': '4',
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A broker that was killed is out after this long, and its partitions have other leaders.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '1000',
    // Half of the heap would go to the cleaner.
    'log.cleaner.dedupe.buffer.size': '2097152',
    'log.cleaner.threads': '1',
    'log.index.size.max.bytes': '1048576',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'num.recovery.threads.per.data.dir': '2',
  };
}

/** Logins by every mechanism; whoever comes without one, as the tests themselves do, may do everything. */
function securityProperties({ brokerFile, caFile, users }: SecuritySettings): Record<string, string> {
  const passwords = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`);
  const jaas: readonly (readonly [string, string])[] = [
    ['plain', `${JAAS.PLAIN} required ${passwords.join(' ')};`],
    ['scram-sha-256', `${JAAS.SCRAM} required;`],
    ['scram-sha-512', `${JAAS.SCRAM} required;`],
    ['oauthbearer', `${JAAS.OAUTHBEARER} required unsecuredLoginStringClaim_sub="broker";`],
  ];
  const modules = ['sasl_ssl', 'sasl_plaintext'].flatMap((listener) =>
    jaas.map(([mechanism, module]) => [`listener.name.${listener}.${mechanism}.sasl.jaas.config`, module]),
  );
  return {
    'sasl.enabled.mechanisms': MECHANISMS.join(','),
    ...(Object.fromEntries(modules) as Record<string, string>),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': brokerFile,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': caFile,
    'listener.name.ssl.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'false',
  };
}

/** Arguments of the storage tool that make users known for SCRAM. */
export function scramArguments(users: Readonly<Record<string, string>>): string[] {
  return Object.entries(users).flatMap(([user, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
      '--add-scram',
      `${mechanism}=[name=${user},password=${password}]`,
    ]),
  );
}
