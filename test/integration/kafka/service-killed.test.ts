import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ConfigInput, ScoreRecord } from '../../../core/index.ts';
import { startNightjar } from '../../helpers/nightjar.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { bindLifetime, endProcess } from '../../helpers/services/processes.ts';
import { endOffsets, produce, readCommitted, untilConsumed } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { TOY_CONFIG, toyPacket } from '../../helpers/toy-survey.ts';
import { KILL_POINTS } from './kill-points.ts';
import type { KillPoint } from './kill-points.ts';

const PROGRAM = path.join(import.meta.dirname, 'run-until-killed.js');
const CONSUMED_MS_MAX = 60_000;
/** So many at a time: each has a topic, a group and a store of its own. */
const LANES = 3;

/** What readers see, and what was committed with the offset: the ledger. */
interface Outcome {
  readonly scores: readonly ScoreRecord[];
  readonly candidates: readonly ScoreRecord[];
  readonly letters: readonly string[];
  readonly committed: string;
}

test('nightjar run, killed at any point between store and transaction, gives what it gives unharmed', async (context) => {
  const kafka = await startKafka(context, { properties: { 'group.min.session.timeout.ms': '1000' } });
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  const unharmed = await ran(kafka, { folder, name: 'unharmed', point: null });
  assert.equal(unharmed.scores.length, 10);
  assert.ok(unharmed.candidates.length > 0);
  assert.equal(unharmed.letters.length, 1);
  assert.match(
    unharmed.committed,
    /^14 \{"consumed":14,"scored":10,"held":2,"duplicate":1,"deadLettered":1\}$/,
  );
  const points = KILL_POINTS.map((point, i) => ({ point, name: `killed-${i}` }));
  const lane = async (): Promise<void> => {
    for (let next = points.shift(); next !== undefined; next = points.shift()) {
      const { point, name } = next;
      await context.test(`${point.when} ${point.method}, call ${point.call}`, async () => {
        assert.deepEqual(await ran(kafka, { folder, name, point }), unharmed);
      });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
});

/** Lets the service take a topic to its end, after it was killed at a point. */
async function ran(
  kafka: Kafka,
  {
    folder,
    name,
    point,
  }: { readonly folder: string; readonly name: string; readonly point: KillPoint | null },
): Promise<Outcome> {
  const file = path.join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(configOf(kafka, folder, name)));
  await kafka.createTopic({ topic: name });
  await produce(kafka, name, night());
  const ends = await endOffsets(kafka, [name]);
  if (point !== null) {
    const child = spawn(process.execPath, [PROGRAM, file, JSON.stringify(point)], { stdio: 'inherit' });
    bindLifetime(child, null);
    const ended = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGTERM'), CONSUMED_MS_MAX);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    clearTimeout(timer);
  }
  const { child, err } = startNightjar(['run', '--config', file]);
  const guard = (): void => {
    if (child.exitCode !== null) throw new Error(`The service ended by itself: ${err()}`);
  };
  await untilConsumed(kafka, { groupId: name, ends, limitMs: CONSUMED_MS_MAX, guard });
  await endProcess(child, 'SIGTERM');
  const [offset] = await kafka.withAdmin((admin) => admin.fetchOffsets({ groupId: name, topics: [name] }));
  const { partitions: [committed] = [] } = offset ?? {};
  const read = async (topic: string): Promise<string[]> =>
    (await readCommitted(kafka, `${name}.${topic}`)).map(({ value }) => String(value));
  const records = async (topic: string): Promise<ScoreRecord[]> =>
    (await read(topic)).map((text) => withoutName(JSON.parse(text) as ScoreRecord));
  return {
    scores: await records('scores'),
    candidates: await records('candidates'),
    letters: (await read('dead-letters')).map((text) => text.replaceAll(name, 'topic')),
    committed: `${committed?.offset ?? ''} ${committed?.metadata ?? ''}`,
  };
}

function withoutName(record: ScoreRecord): ScoreRecord {
  assert.ok('topic' in record.source);
  return { ...record, source: { ...record.source, topic: 'topic' }, latencyMs: null };
}

/** Two objects in turns, one packet twice, and one that is no packet. */
function night(): readonly { key: null; value: Buffer }[] {
  const packets: Buffer[] = [];
  for (let i = 0; i < 6; i++) {
    packets.push(toyPacket('a', 60_000 + i, { flux: 100 * (i + 1) }).bytes);
    packets.push(toyPacket('b', 60_000 + ((i * 3) % 7), { flux: 7 * (i + 1), ra: 10 }).bytes);
  }
  packets.push(toyPacket('a', 60_002, { flux: 300 }).bytes, Buffer.from('no packet'));
  return packets.map((value) => ({ key: null, value }));
}

function configOf(kafka: Kafka, folder: string, name: string): ConfigInput {
  return {
    ...TOY_CONFIG,
    kafka: {
      brokers: [...kafka.brokers],
      groupId: name,
      sessionTimeoutMs: 1500,
      heartbeatMs: 500,
      transactionTimeoutMs: 10_000,
      fetchWaitMs: 100,
    },
    sources: [{ topics: [name] }],
    pipeline: { batchPackets: 2 },
    candidates: { scoreMin: 0.05 },
    outputs: {
      scores: `${name}.scores`,
      candidates: `${name}.candidates`,
      deadLetters: `${name}.dead-letters`,
      tooLate: `${name}.too-late`,
      partitions: 1,
    },
    service: { retriesTopic: `${name}.retries` },
    store: { folder: path.join(folder, name) },
    log: { level: 'silent' },
  };
}
