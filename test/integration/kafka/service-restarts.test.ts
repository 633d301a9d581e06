import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../core/index.ts';
import type { ScoreRecord } from '../../../core/index.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';
import { endOffsets, produce } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { toldPacket, toyPacket } from '../../helpers/toy-survey.ts';
import { ToyService, stopped } from './toy-service.ts';

const PARTITIONS = 2;
const OBJECTS = 32;
const NIGHTS = 16;
const DRAIN_MS = 5000;
/** For leaving the group, closing what is open, and ending the process, on a machine that is busy. */
const CLOSE_MS = 5000;
const SEEN_MS_MAX = 60_000;

/** Small batches, so that a backlog is many transactions, and a session that ends soon. */
const CONFIG = {
  window: { pointsMin: 1 },
  pipeline: { batchPackets: 8 },
  service: { drainMs: DRAIN_MS },
  kafka: { sessionTimeoutMs: 4000, heartbeatMs: 500 },
};

test('one instance of the service with a store in a folder', async (context) => {
  const kafka = await startKafka(context, { properties: { 'group.min.session.timeout.ms': '1000' } });
  if (kafka === null) return;
  const folder = await temporaryFolder(context);

  await context.test('refuses another beside it, and goes on after SIGKILL without loss', async (own) => {
    await kafka.createTopic({ topic: 'killed', partitions: PARTITIONS });
    const parts = { kafka, folder, name: 'kill', sources: [{ topics: ['killed'] }] };
    const service = new ToyService({ ...parts, config: CONFIG });
    const first = service.startFor(own);
    await produce(kafka, 'killed', backlog(0));
    await moreWritten(kafka, service, 0n);
    const { status, err } = await service.startFor(own).ended;
    assert.equal(status, 1, err);
    assert.match(
      err,
      /^nightjar: group "kill" has a member; waiting in case it is gone already\nnightjar: STORE_NOT_SHARED: Cannot run with others in group "kill" as the store ".*kill-store" \(store\.kind: lmdb\) serves one instance: current value is 1 other; take store\.kind: postgres\n$/,
    );
    assert.ok(first.isRunning);
    await service.consumed(first, ['killed']);
    const before = await endOf(kafka, service);
    await produce(kafka, 'killed', backlog(1));
    await moreWritten(kafka, service, before);
    await first.kill();
    const done = (await service.scores()).length;
    assert.ok(done > OBJECTS * NIGHTS && done < 2 * OBJECTS * NIGHTS, `${done} were scored before the kill`);
    const restarted = service.startFor(own);
    await service.consumed(restarted, ['killed']);
    assert.match(await stopped(restarted), /^nightjar: group "kill" has a member; waiting/m);
    assertEachOnce(await service.scores(), 2);
  });

  await context.test(
    'commits what is under way at SIGTERM, and goes on with the rest of a backlog',
    async (own) => {
      await kafka.createTopic({ topic: 'stopped', partitions: PARTITIONS });
      await produce(kafka, 'stopped', backlog(0));
      const parts = { kafka, folder, name: 'term', sources: [{ topics: ['stopped'] }] };
      const service = new ToyService({ ...parts, config: CONFIG });
      const first = service.startFor(own);
      await moreWritten(kafka, service, 0n);
      const beganMs = systemClock.monotonicMs();
      await stopped(first);
      const tookMs = systemClock.monotonicMs() - beganMs;
      assert.ok(tookMs < DRAIN_MS + CLOSE_MS, `it took ${tookMs} ms to stop`);
      const done = (await service.scores()).length;
      assert.ok(done > 0 && done < OBJECTS * NIGHTS, `${done} were scored before the end`);
      const second = service.startFor(own);
      await service.consumed(second, ['stopped']);
      await stopped(second);
      assertEachOnce(await service.scores(), 1);
    },
  );

  await context.test('begins where each source says, and after a stop where it was', async (own) => {
    // The messages are from months ago, and the brokers delete what is older than a week.
    const config = { 'retention.ms': '-1' };
    await kafka.createTopic({ topic: 'new', config });
    await kafka.createTopic({ topic: 'timed', config });
    const json = { format: 'json', mapping: 'told' } as const;
    const sources = [
      { topics: ['new'], start: 'latest', ...json },
      { topics: ['timed'], start: '2026-01-02T00:00:00Z', ...json },
    ];
    const service = new ToyService({ kafka, folder, name: 'starts', sources, config: CONFIG });
    const send = (topic: string, day: number, object: string): Promise<void> => {
      const timestampMs = Date.UTC(2026, 0, day);
      return produce(kafka, topic, [{ key: null, value: toldPacket(object, 60_000), timestampMs }]);
    };
    await send('new', 1, 'before the start');
    for (const day of [1, 2, 3]) await send('timed', day, `of day ${day}`);
    const objects = async (): Promise<readonly string[]> =>
      (await service.scores()).map(({ objectId }) => objectId).sort();
    const first = service.startFor(own);
    await eventually('the group', SEEN_MS_MAX, () => (first.log().includes('a member of') ? true : null));
    await send('new', 1, 'after the start');
    await service.consumed(first, ['new', 'timed']);
    assert.deepEqual(await objects(), ['after the start', 'of day 2', 'of day 3']);
    await stopped(first);
    await send('new', 1, 'between two runs');
    await send('timed', 1, 'of day 1, late');
    const second = service.startFor(own);
    await service.consumed(second, ['new', 'timed']);
    await stopped(second);
    assert.deepEqual(await objects(), [
      'after the start',
      'between two runs',
      'of day 1, late',
      'of day 2',
      'of day 3',
    ]);
  });
});

/** A packet of each object on each of some nights; keyed, so that an object is in one partition. */
function backlog(season: number): { readonly key: string; readonly value: Buffer }[] {
  return Array.from({ length: OBJECTS * NIGHTS }, (_, i) => {
    const object = `o${i % OBJECTS}`;
    const mjd = 60_000 + season * 200 + Math.floor(i / OBJECTS);
    return { key: object, value: toyPacket(object, mjd, { flux: 1000 + 10 * i }).bytes };
  });
}

async function endOf(kafka: Kafka, { scoresTopic }: ToyService): Promise<bigint> {
  return [...(await endOffsets(kafka, [scoresTopic])).values()].reduce((sum, end) => sum + end, 0n);
}

/** Waits until the topic of scores has more than that. */
async function moreWritten(kafka: Kafka, service: ToyService, end: bigint): Promise<void> {
  await eventually(`more scores of "${service.groupId}"`, SEEN_MS_MAX, async () =>
    (await endOf(kafka, service)) > end ? true : null,
  );
}

/** Every packet of some backlogs was scored once, and the revisions of each object count on from 1. */
function assertEachOnce(scores: readonly ScoreRecord[], seasons: number): void {
  assert.equal(scores.length, seasons * OBJECTS * NIGHTS);
  const given = new Map<string, { readonly revisions: number[]; readonly alerts: Set<string | null> }>();
  for (const { objectId, alertId, revision } of scores) {
    const own = given.get(objectId) ?? { revisions: [], alerts: new Set() };
    given.set(objectId, own);
    own.revisions.push(revision);
    own.alerts.add(alertId);
  }
  const expected = Array.from({ length: seasons * NIGHTS }, (_, i) => i + 1);
  assert.equal(given.size, OBJECTS);
  for (const { revisions, alerts } of given.values()) {
    assert.deepEqual(revisions, expected);
    assert.equal(alerts.size, expected.length);
  }
}
