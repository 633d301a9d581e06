import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import type { ConfigInput } from '../../../core/index.ts';
import { nightjar, startNightjar } from '../nightjar.ts';
import type { NightjarRun, StartedNightjar } from '../nightjar.ts';
import type { Kafka } from './kafka-cluster.ts';
import { bindLifetime, endProcess, isRunning } from './processes.ts';
import type { Postgres } from './postgres.ts';

/** Quick to notice that a member has gone, and to try again. */
const QUICK_KAFKA: ConfigInput['kafka'] = {
  sessionTimeoutMs: 6000,
  heartbeatMs: 1000,
  rebalanceTimeoutMs: 15_000,
  transactionTimeoutMs: 15_000,
  fetchWaitMs: 200,
  stallMs: 10_000,
  retryMs: 200,
  retryMsMax: 2000,
};

/** Instances of `nightjar run` with one configuration. */
export class Service {
  readonly configFile: string;
  readonly groupId: string;
  readonly #env: Readonly<Record<string, string>>;

  /**
   * @param options.postgres `null` for the store that `config` names
   * @param options.config sections other than the brokers and, where PostgreSQL is given, the store
   * @param options.env variables of the processes, such as secrets
   */
  constructor(options: {
    readonly configFile: string;
    readonly groupId: string;
    readonly kafka: Kafka;
    readonly postgres: Postgres | null;
    readonly config: ConfigInput;
    readonly env?: Readonly<Record<string, string>>;
  }) {
    const { configFile, groupId, kafka, postgres, config, env = {} } = options;
    const sections: ConfigInput = {
      ...config,
      kafka: { ...QUICK_KAFKA, brokers: [...kafka.brokers], ...config.kafka, groupId },
      store: { ...(postgres === null ? {} : sharedStore(postgres, groupId)), ...config.store },
      log: { level: 'warn', ...config.log },
    };
    writeFileSync(configFile, stringify(sections));
    this.configFile = configFile;
    this.groupId = groupId;
    this.#env = {
      ...env,
      ...(postgres === null ? {} : { NIGHTJAR__STORE__PASSWORD: postgres.withPassword.password }),
    };
  }

  start(): Instance {
    const started = startNightjar(['run', '--config', this.configFile], this.#env);
    bindLifetime(started.child, null);
    return new Instance(started);
  }

  /** Another verb with the same configuration, such as `ledger` or `dlq ls`. */
  verb(name: string, ...args: readonly string[]): Promise<NightjarRun> {
    return startNightjar([...name.split(' '), '--config', this.configFile, ...args], this.#env).ended;
  }
}

function sharedStore({ withPassword }: Postgres, schema: string): ConfigInput['store'] {
  return { kind: 'postgres', url: withPassword.url, schema, timeoutMs: 10_000 };
}

/** One process of `nightjar run`. */
export class Instance {
  readonly ended: Promise<NightjarRun>;
  readonly #started: StartedNightjar;

  constructor(started: StartedNightjar) {
    this.#started = started;
    this.ended = started.ended;
  }

  get isRunning(): boolean {
    return isRunning(this.#started.child);
  }

  /** What it has logged so far. */
  log(): string {
    return this.#started.err();
  }

  signal(signal: NodeJS.Signals): void {
    this.#started.child.kill(signal);
  }

  /** SIGTERM, and the end of it; SIGKILL where it takes longer than the limit. */
  async stop(limitMs = 45_000): Promise<NightjarRun> {
    await endProcess(this.#started.child, 'SIGTERM', limitMs);
    return this.ended;
  }

  async kill(): Promise<void> {
    await endProcess(this.#started.child, 'SIGKILL');
  }
}

/** Runs a verb and gives its output; fails with what it said where it did not succeed. */
export async function succeeded(run: Promise<NightjarRun>): Promise<string> {
  const { status, out, err } = await run;
  if (status !== 0) throw new Error(`Cannot go on as the command ended with ${status}: ${err}${out}`);
  return out;
}

/** `nightjar` with these arguments; gives its standard output. */
export function nightjarOutput(...args: readonly string[]): Promise<string> {
  return succeeded(nightjar(...args));
}
