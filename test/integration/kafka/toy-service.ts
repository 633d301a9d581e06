import assert from 'node:assert/strict';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { ConfigInput, ScoreRecord } from '../../../core/index.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { Service } from '../../helpers/services/service.ts';
import type { Instance } from '../../helpers/services/service.ts';
import { endOffsets, readCommitted, untilConsumed } from '../../helpers/services/topics.ts';
import { TOLD_MAPPING, TOY_MAPPING } from '../../helpers/toy-survey.ts';

/** On a machine that is busy with other things. */
const CONSUMED_MS_MAX = 60_000;

export interface ToyServiceOptions {
  readonly kafka: Kafka;
  /** Of an empty folder: of the configuration and the store. */
  readonly folder: string;
  /** Of the group; its topics begin with it. */
  readonly name: string;
  readonly sources: ConfigInput['sources'];
  /** Sections that are laid over what all toy services have. */
  readonly config?: ConfigInput;
  readonly env?: Readonly<Record<string, string>>;
}

/** The service on toy surveys, with a store in a folder: topics, group and store are its own. */
export class ToyService extends Service {
  readonly scoresTopic: string;
  readonly candidatesTopic: string;
  readonly lettersTopic: string;
  readonly retriesTopic: string;
  readonly #kafka: Kafka;

  constructor({ kafka, folder, name, sources = [], config = {}, env = {} }: ToyServiceOptions) {
    const [scores, candidates, deadLetters] = [
      `${name}.scores`,
      `${name}.candidates`,
      `${name}.dead-letters`,
    ];
    const retriesTopic = `${name}.retries`;
    super({
      configFile: path.join(folder, `${name}.yaml`),
      groupId: name,
      kafka,
      postgres: null,
      config: {
        ...config,
        registry: { cacheDir: null, ...config.registry },
        window: { pointsMin: 2, ...config.window },
        decode: { mappings: [TOY_MAPPING, TOLD_MAPPING], ...config.decode },
        sources,
        service: { retriesTopic, ...config.service },
        outputs: {
          ...{ scores, candidates, deadLetters, tooLate: `${name}.too-late`, partitions: 1 },
          ...config.outputs,
        },
        store: { folder: path.join(folder, `${name}-store`), ...config.store },
      },
      env,
    });
    this.#kafka = kafka;
    this.scoresTopic = scores;
    this.candidatesTopic = candidates;
    this.lettersTopic = deadLetters;
    this.retriesTopic = retriesTopic;
  }

  /** Starts an instance that ends with the test. */
  startFor(context: TestContext): Instance {
    const instance = this.start();
    context.after(() => instance.kill());
    return instance;
  }

  /** Waits until all that is in topics now is done; fails at once where the instance has ended. */
  async consumed(instance: Instance, topics: readonly string[]): Promise<void> {
    await untilConsumed(this.#kafka, {
      groupId: this.groupId,
      ends: await endOffsets(this.#kafka, topics),
      limitMs: CONSUMED_MS_MAX,
      guard: () => {
        if (!instance.isRunning) throw new Error(`An instance ended by itself: ${instance.log()}`);
      },
    });
  }

  async scores(): Promise<readonly ScoreRecord[]> {
    return (await this.jsonOf(this.scoresTopic)) as unknown as readonly ScoreRecord[];
  }

  letters(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return this.jsonOf(this.lettersTopic);
  }

  async jsonOf(topic: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const messages = await readCommitted(this.#kafka, topic);
    return messages.map(({ value }) => JSON.parse(String(value)) as Record<string, unknown>);
  }
}

/** Ends an instance in order: it must succeed, and have said to its user what is for a user, and nothing else. */
export async function stopped(instance: Instance): Promise<string> {
  const { status, err, out } = await instance.stop();
  assert.equal(status, 0, err);
  assert.equal(out, '');
  const strange = err.split('\n').filter((line) => line !== '' && !line.startsWith('nightjar: '));
  assert.deepEqual(strange, []);
  return err;
}

/** One line on standard error and nothing on standard output, as a verb that fails leaves it; gives the line. */
export function oneLine({ status, out, err }: { status: number | null; out: string; err: string }): string {
  assert.equal(status, 1, err);
  assert.equal(out, '');
  assert.match(err, /^nightjar: [A-Z_]+: [^\n]+\n$/);
  return err.trim();
}

/** What a verb prints with `--json`. */
export function jsonLines(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Of each record what it is about and what came of it, without how long it took. */
export function timeless<T extends { readonly latencyMs?: unknown }>(record: T): Omit<T, 'latencyMs'> {
  const { latencyMs, ...rest } = record;
  assert.notEqual(latencyMs, undefined);
  return rest;
}
