import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigInput } from '../../core/index.ts';
import { systemClock } from '../../core/index.ts';
import { startKafka } from '../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../helpers/services/kafka-cluster.ts';
import { startPostgres } from '../helpers/services/postgres.ts';
import type { Postgres } from '../helpers/services/postgres.ts';
import { startSchemaRegistry } from '../helpers/services/schema-registry.ts';
import type { SchemaRegistryServer } from '../helpers/services/schema-registry.ts';
import { Service } from '../helpers/services/service.ts';
import type { Instance } from '../helpers/services/service.ts';

export const BROKERS = 3;
/** ZTF's is keyed by object and read directly; LSST's is not, and goes through the internal topic. */
export const SOURCE_TOPICS = { ztf: 'faults.ztf', lsst: 'faults.lsst' } as const;
export const INTERNAL_TOPIC = 'faults.alerts';
export const OUTPUT_TOPICS = {
  scores: 'faults.scores',
  candidates: 'faults.candidates',
  deadLetters: 'faults.dead-letters',
  tooLate: 'faults.too-late',
} as const;
export const SCORE_MIN = 0.2;
const PARTITIONS = 4;
const INSTANCES = 2;
const RESTART_MS = 500;

/** Everything that can be broken. */
export interface FaultStage {
  readonly folder: string;
  readonly kafka: Kafka;
  readonly postgres: Postgres;
  readonly registry: SchemaRegistryServer;
  readonly service: Service;
  /** Those that run all the time; as a supervisor of services would, each starts its process again when it ends. */
  readonly instances: readonly KeptInstance[];
  close(): Promise<void>;
}

/** Starts the services; `null` where one cannot be had, which is printed. */
export async function openStage(): Promise<FaultStage | null> {
  const closers: (() => unknown)[] = [];
  const owner = {
    after: (close?: unknown) => closers.push(close as () => unknown),
    skip: (why?: string) => process.stderr.write(`Cannot test faults: ${why ?? ''}\n`),
  };
  const close = async (): Promise<void> => {
    for (const end of closers.reverse()) await end();
  };
  try {
    const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-faults-'));
    owner.after(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const postgres = await startPostgres(owner);
    const kafka = postgres === null ? null : await startKafka(owner, { brokers: BROKERS });
    if (postgres === null || kafka === null) {
      await close();
      return null;
    }
    const registry = await startSchemaRegistry(owner);
    for (const topic of Object.values(SOURCE_TOPICS))
      await kafka.createTopic({ topic, partitions: PARTITIONS });
    const service = new Service({
      configFile: path.join(folder, 'service.yaml'),
      groupId: 'faults',
      kafka,
      postgres,
      config: configOf(registry.url),
    });
    const instances = Array.from({ length: INSTANCES }, () => new KeptInstance(service));
    owner.after(() => Promise.all(instances.map((instance) => instance.close())));
    return { folder, kafka, postgres, registry, service, instances, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function configOf(registryUrl: string): ConfigInput {
  return {
    // Schemas are asked for again by each process, so that an outage is felt.
    registry: { url: registryUrl, cacheDir: null, retryMs: 500, timeoutMs: 1000 },
    // Every alert is scored, in whatever order an object's packets come.
    window: { pointsMin: 1 },
    pipeline: { batchPackets: 16 },
    sources: [
      { topics: [SOURCE_TOPICS.ztf], keyed: true },
      { topics: [SOURCE_TOPICS.lsst], keyed: false },
    ],
    service: { rekey: true, alertsTopic: INTERNAL_TOPIC, retriesTopic: 'faults.retries' },
    outputs: { ...OUTPUT_TOPICS, partitions: PARTITIONS },
    candidates: { scoreMin: SCORE_MIN },
  };
}

/** An instance that is started again when it ends, whoever ended it. */
export class KeptInstance {
  readonly #service: Service;
  #instance: Instance;
  #isKept = true;
  #expected: Instance | null = null;
  #ownEnds: string[] = [];

  constructor(service: Service) {
    this.#service = service;
    this.#instance = this.#started();
  }

  /** What was said by processes that ended and should not have. */
  get ownEnds(): readonly string[] {
    return this.#ownEnds;
  }

  log(): string {
    return this.#instance.log();
  }

  signal(signal: NodeJS.Signals): void {
    this.#instance.signal(signal);
  }

  async kill(): Promise<void> {
    this.#expected = this.#instance;
    await this.#instance.kill();
  }

  async stop(): Promise<void> {
    this.#expected = this.#instance;
    await this.#instance.stop();
  }

  async close(): Promise<void> {
    this.#isKept = false;
    await this.kill();
  }

  #started(): Instance {
    const instance = this.#service.start();
    void instance.ended.then(async ({ status, err }) => {
      if (!this.#isKept) return;
      if (this.#expected !== instance)
        this.#ownEnds.push(`status ${status}: ${err.trim().split('\n').at(-1) ?? ''}`);
      await systemClock.sleep(RESTART_MS);
      this.#instance = this.#started();
    });
    return instance;
  }
}
