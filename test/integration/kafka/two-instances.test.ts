import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Random } from '../../../core/index.ts';
import type { ConfigInput, ScoreRecord } from '../../../core/index.ts';
import { realData } from '../../helpers/real-data.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { registerLsstSchemas } from '../../helpers/services/lsst-schemas.ts';
import { startPostgres } from '../../helpers/services/postgres.ts';
import type { Postgres } from '../../helpers/services/postgres.ts';
import { startSchemaRegistry } from '../../helpers/services/schema-registry.ts';
import { Service, nightjarOutput, succeeded } from '../../helpers/services/service.ts';
import { endOffsets, produce, readCommitted, untilConsumed } from '../../helpers/services/topics.ts';
import type { ProducedMessage } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { topicPackets } from '../../helpers/topic-packets.ts';
import type { TopicPacket } from '../../helpers/topic-packets.ts';

const SURVEYS = ['ztf', 'lsst', 'elasticc'] as const;
type Survey = (typeof SURVEYS)[number];

const PARTITIONS = 4;
const CONSUMED_MS_MAX = 240_000;

interface Stage {
  readonly kafka: Kafka;
  readonly postgres: Postgres;
  readonly registryUrl: string;
  readonly folder: string;
  readonly paths: { readonly [K in Survey]: readonly string[] };
  readonly packets: readonly TopicPacket[];
}

/** What came out of a replay or of the service, without what tells where and when. */
interface Outcome {
  readonly scores: readonly ScoreRecord[];
  readonly deadLetters: readonly string[];
  readonly total: Readonly<Record<string, number>>;
  readonly lightCurves: readonly string[];
}

test('two instances of the service', async (context) => {
  const stage = await openStage(context);
  if (stage === null) return;
  await context.test('give, of topics keyed by object, what replay gives, record for record', async () => {
    const expected = await replayed(stage, 'replay-keyed', {});
    const keyed = sourcesOf('keyed', true);
    const found = await served(stage, {
      name: 'keyed',
      config: { sources: keyed },
      message: ({ key, value }) => ({ key, value }),
    });
    assert.deepEqual(namesOf(found), namesOf(expected));
    assert.deepEqual(differences(found, expected), []);
    assert.deepEqual(found.deadLetters, expected.deadLetters);
    assert.deepEqual(counts(found.total), counts(expected.total));
    assert.deepEqual(found.lightCurves, expected.lightCurves);
  });

  await context.test('score every packet once where an object lies in several partitions', async () => {
    const window = { pointsMin: 1 };
    const expected = await replayed(stage, 'replay-mixed', { window });
    const random = new Random('partitions');
    const found = await served(stage, {
      name: 'mixed',
      config: { window, sources: sourcesOf('mixed', false), service: internalTopics('mixed') },
      message: ({ value }) => ({ key: null, value, partition: random.below(PARTITIONS) }),
    });
    const alerts = (outcome: Outcome): string[] =>
      outcome.scores.map(({ survey, objectId, alertId }) => `${survey}/${objectId} ${alertId}`).sort();
    // An object's revisions count on, in whatever order its packets came.
    const revisions = (outcome: Outcome): string[] =>
      outcome.scores.map(({ survey, objectId, revision }) => `${survey}/${objectId} ${revision}`).sort();
    assert.deepEqual(alerts(found), alerts(expected));
    assert.deepEqual(revisions(found), revisions(expected));
    assert.deepEqual(found.deadLetters, expected.deadLetters);
    assert.deepEqual(counts(found.total), counts(expected.total));
    assert.deepEqual(found.lightCurves, expected.lightCurves);
  });
});

async function openStage(context: TestContext): Promise<Stage | null> {
  const alerts = realData(context, 'data', 'alerts');
  const schemas = realData(context, 'data', 'schemas', 'lsst');
  if (alerts === null || schemas === null) return null;
  const postgres = await startPostgres(context);
  if (postgres === null) return null;
  const kafka = await startKafka(context, { brokers: 3 });
  if (kafka === null) return null;
  const registry = await startSchemaRegistry(context);
  registerLsstSchemas(registry, schemas);
  const paths = {
    ztf: [path.join(alerts, 'ztf')],
    lsst: [path.join(alerts, 'lsst', 'confluent'), path.join(alerts, 'lsst', 'confluent_v10_0_reencoded')],
    elasticc: [path.join(alerts, 'elasticc_v0_9.tar.gz')],
  };
  const registryUrl = registry.url;
  const packets = await topicPackets({ paths: Object.values(paths).flat(), registryUrl });
  return { kafka, postgres, registryUrl, folder: await temporaryFolder(context), paths, packets };
}

async function replayed(stage: Stage, name: string, config: ConfigInput): Promise<Outcome> {
  const { folder, paths, registryUrl } = stage;
  const out = path.join(folder, name);
  const configFile = path.join(folder, `${name}.yaml`);
  writeFileSync(configFile, JSON.stringify({ ...config, registry: { url: registryUrl, cacheDir: null } }));
  await nightjarOutput('replay', ...Object.values(paths).flat(), '--out', out, '--config', configFile);
  const lines = (file: string): string[] => textLines(readFileSync(path.join(out, file), 'utf8'));
  const ledger = JSON.parse(readFileSync(path.join(out, 'ledger.json'), 'utf8')) as Pick<Outcome, 'total'>;
  return {
    scores: lines('scores.jsonl').map((line) => JSON.parse(line) as ScoreRecord),
    deadLetters: lines('dead-letters.jsonl').map(letterText).sort(),
    total: ledger.total,
    lightCurves: textLines(
      await nightjarOutput('lightcurves', '--store', path.join(out, 'store'), '--json'),
    ).sort(),
  };
}

async function served(
  stage: Stage,
  run: {
    readonly name: string;
    readonly config: ConfigInput;
    readonly message: (packet: TopicPacket) => ProducedMessage;
  },
): Promise<Outcome> {
  const { kafka, postgres, registryUrl, folder, paths, packets } = stage;
  const outputs = {
    scores: `${run.name}.scores`,
    candidates: `${run.name}.candidates`,
    deadLetters: `${run.name}.dead-letters`,
    tooLate: `${run.name}.too-late`,
    partitions: PARTITIONS,
  };
  const topics = SURVEYS.map((survey) => `${run.name}.${survey}`);
  for (const topic of topics) await kafka.createTopic({ topic, partitions: PARTITIONS });
  const service = new Service({
    configFile: path.join(folder, `${run.name}.yaml`),
    groupId: `nightjar_${run.name}`,
    kafka,
    postgres,
    config: { registry: { url: registryUrl, cacheDir: null }, outputs, ...run.config },
  });
  const instances = [service.start(), service.start()];
  for (const survey of SURVEYS) {
    const own = packets.filter(({ file }) => paths[survey].some((path) => file.startsWith(path)));
    await produce(kafka, `${run.name}.${survey}`, own.map(run.message));
  }
  const guard = (): void => {
    const ended = instances.find(({ isRunning }) => !isRunning);
    if (ended !== undefined) throw new Error(`An instance ended by itself: ${ended.log()}`);
  };
  const limit = { limitMs: CONSUMED_MS_MAX, guard, groupId: service.groupId };
  await untilConsumed(kafka, { ...limit, ends: await endOffsets(kafka, topics) });
  const internal = run.config.service?.alertsTopic;
  if (internal !== undefined) {
    const ends = new Map<string, bigint>();
    for (const { topic, partition, offset } of await readCommitted(kafka, internal))
      ends.set(`${topic}/${partition}`, offset + 1n);
    await untilConsumed(kafka, { ...limit, ends });
  }
  for (const { status, err } of await Promise.all(instances.map((instance) => instance.stop())))
    assert.equal(status, 0, err);
  const ledger = JSON.parse(await succeeded(service.verb('ledger', '--json'))) as {
    readonly total: Outcome['total'];
    readonly balanced: boolean;
  };
  assert.ok(ledger.balanced);
  const records = async (topic: string): Promise<string[]> =>
    (await readCommitted(kafka, topic)).map(({ value }) => String(value));
  return {
    scores: (await records(outputs.scores)).map((text) => JSON.parse(text) as ScoreRecord),
    deadLetters: (await records(outputs.deadLetters)).map(letterText).sort(),
    total: ledger.total,
    lightCurves: textLines(await succeeded(service.verb('lightcurves', '--json'))).sort(),
  };
}

function sourcesOf(name: string, keyed: boolean): NonNullable<ConfigInput['sources']> {
  return SURVEYS.map((survey) => ({ topics: [`${name}.${survey}`], keyed }));
}

function internalTopics(name: string): NonNullable<ConfigInput['service']> {
  return { rekey: true, alertsTopic: `${name}.alerts`, retriesTopic: `${name}.retries` };
}

function withoutPosition(record: ScoreRecord): unknown {
  return { ...record, source: null, latencyMs: null };
}

function letterText(line: string): string {
  const { code, reason, byteLength, sha256 } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  return JSON.stringify({ code, reason, byteLength, sha256 });
}

function counts(total: Outcome['total']): unknown {
  const { consumed, scored, held, duplicate, deadLettered, tooLate } = total;
  return { consumed, scored, held, duplicate, deadLettered, tooLate };
}

function textLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Every record by what it is a score of. */
function namesOf({ scores }: Outcome): string[] {
  return scores.map(nameOf).sort();
}

function nameOf({ survey, objectId, alertId, revision, cause }: ScoreRecord): string {
  return `${survey}/${objectId} ${alertId}, revision ${revision}, ${cause}`;
}

/** Records that are not the same, source and latency aside. */
function differences(found: Outcome, expected: Outcome): unknown[] {
  const others = new Map(expected.scores.map((record) => [nameOf(record), withoutPosition(record)]));
  return found.scores.flatMap((record) => {
    const [ours, other] = [withoutPosition(record), others.get(nameOf(record))];
    return isDeepStrictEqual(ours, other) ? [] : [{ found: ours, expected: other }];
  });
}
