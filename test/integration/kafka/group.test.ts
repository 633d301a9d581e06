import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../core/index.ts';
import { beginConsumerGroup } from '../../../streams/kafka/consumer-group.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { eventually } from '../../helpers/services/processes.ts';
import {
  committedOffset,
  committedValues,
  copiedAll,
  copyTo,
  numbered,
  produce,
  quickConnection,
  startGroup,
} from './group-harness.ts';
import type { QuickConnection } from './group-harness.ts';

/** The sum of a metric's values over its labels. */
async function metric({ metrics }: QuickConnection, name: string): Promise<number> {
  const { values = [] } = (await metrics.registry.getSingleMetric(name)?.get()) ?? {};
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** Resolves by `open`, for work that is to wait. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

test('members of a consumer group', { timeout: 400_000 }, async (suite) => {
  const kafka = await startKafka(suite);
  if (kafka === null) return;

  await suite.test(
    'partitions change hands with messages waiting, and nothing is lost or done twice',
    async (t) => {
      await kafka.createTopic({ topic: 'in-hands', partitions: 4 });
      await kafka.createTopic({ topic: 'out-hands' });
      for (const partition of [0, 1, 2, 3])
        await produce(kafka, 'in-hands', numbered(`p${partition}`, 1500), partition);
      const work = copyTo('out-hands', { messagesMax: 20, beforeCommit: () => systemClock.sleep(10) });
      const member = () =>
        startGroup(t, { connection: quickConnection(kafka.brokers, 'hands'), topics: ['in-hands'], work });
      const first = member();
      await first.running(4);
      const second = member();
      await second.running(2);
      assert.equal(first.state().partitions.length, 2);
      await first.stop();
      await second.running(4);
      const third = member();
      await third.running(2);
      await copiedAll(kafka, 'hands', 'in-hands', [1500, 1500, 1500, 1500]);
      await Promise.all([second.stop(), third.stop()]);
      const [values = []] = await committedValues(kafka, 'out-hands');
      for (const partition of [0, 1, 2, 3])
        assert.deepEqual(
          values.filter((value) => value.startsWith(`p${partition}-`)),
          numbered(`p${partition}`, 1500),
        );
      assert.equal(values.length, 6000);
    },
  );

  await suite.test(
    'work that takes longer than the session keeps its partition through a rebalance',
    async (t) => {
      await kafka.createTopic({ topic: 'in-long', partitions: 2 });
      await kafka.createTopic({ topic: 'out-long' });
      for (const partition of [0, 1])
        await produce(kafka, 'in-long', numbered(`p${partition}`, 50), partition);
      const settings = { sessionTimeoutMs: 2000 };
      const long = gate();
      const connection = quickConnection(kafka.brokers, 'long', settings);
      const work = copyTo('out-long', { beforeCommit: () => long.opened });
      const first = startGroup(t, { connection, topics: ['in-long'], work });
      await first.running(2);
      const second = startGroup(t, {
        connection: quickConnection(kafka.brokers, 'long', settings),
        topics: ['in-long'],
        work: copyTo('out-long'),
      });
      await second.running(1);
      const [kept] = first.state().partitions;
      assert.ok(kept !== undefined && first.state().partitions.length === 1);
      await systemClock.sleep(5000);
      assert.equal(first.state().isMember, true);
      long.open();
      await copiedAll(kafka, 'long', 'in-long', [50, 50]);
      assert.equal(await metric(connection, 'nightjar_kafka_session_restarts_total'), 0);
      assert.equal(await metric(connection, 'nightjar_kafka_consumer_restarts_total'), 0);
      assert.equal(await metric(connection, 'nightjar_kafka_rebalances_total'), 2);
      await Promise.all([first.stop(), second.stop()]);
      const [values = []] = await committedValues(kafka, 'out-long');
      assert.deepEqual(values.sort(), [...numbered('p0', 50), ...numbered('p1', 50)].sort());
    },
  );

  await suite.test(
    'work that takes nothing leaves memory bounded, and the member in the group',
    async (t) => {
      await kafka.createTopic({ topic: 'in-slow', partitions: 2 });
      await kafka.createTopic({ topic: 'out-slow' });
      const values = numbered('v', 300).map((value) => Buffer.from(value.padEnd(100_000, '.')));
      for (const partition of [0, 1]) await produce(kafka, 'in-slow', values, partition);
      const connection = quickConnection(kafka.brokers, 'slow', {
        sessionTimeoutMs: 2000,
        queueBytesMax: 4_000_000,
        fetchBytesMax: 2_000_000,
        partitionFetchBytesMax: 1_000_000,
      });
      const slow = gate();
      const copy = copyTo('out-slow', { messagesMax: 3 });
      const group = startGroup(t, {
        connection,
        topics: ['in-slow'],
        work: async (input) => {
          await slow.opened;
          await copy(input);
        },
      });
      await eventually('both partitions to be paused', 20_000, async () =>
        (await metric(connection, 'nightjar_kafka_paused_partitions')) === 2 ? true : null,
      );
      await systemClock.sleep(5000);
      const bytes = await metric(connection, 'nightjar_kafka_queue_bytes');
      // What was under way when the limit was reached comes on top of it.
      assert.ok(bytes >= 4_000_000 && bytes <= 6_100_000, `${bytes} bytes`);
      assert.equal(group.state().isMember, true);
      assert.equal(await metric(connection, 'nightjar_kafka_rebalances_total'), 1);
      slow.open();
      await copiedAll(kafka, 'slow', 'in-slow', [300, 300]);
      await group.stop();
      const copied = (await committedValues(kafka, 'out-slow')).flat();
      assert.equal(copied.length, 600);
      assert.equal(new Set(copied).size, 300);
    },
  );

  await suite.test(
    'topics of a pattern that appear later are read from their beginning, and may go',
    async (t) => {
      await kafka.createTopic({ topic: 'night-1' });
      await kafka.createTopic({ topic: 'out-nights' });
      await produce(kafka, 'night-1', numbered('before', 5), 0);
      const connection = quickConnection(kafka.brokers, 'nights');
      const group = startGroup(t, {
        connection,
        pattern: 'night-\\d+',
        start: 'latest',
        work: copyTo('out-nights'),
      });
      await group.running(1);
      await kafka.createTopic({ topic: 'night-2', partitions: 2 });
      await kafka.createTopic({ topic: 'not-a-night-3' });
      for (const partition of [0, 1])
        await produce(kafka, 'night-2', numbered(`two-p${partition}`, 10), partition);
      await produce(kafka, 'night-1', numbered('one', 10), 0);
      await copiedAll(kafka, 'nights', 'night-2', [10, 10]);
      await copiedAll(kafka, 'nights', 'night-1', [10]);
      await kafka.withAdmin((admin) => admin.deleteTopics({ topics: ['night-1'] }));
      await eventually('the deleted topic to be left', 30_000, () =>
        group.state().partitions.length === 2 ? true : null,
      );
      await produce(kafka, 'night-2', numbered('two-p0', 5, 10), 0);
      await copiedAll(kafka, 'nights', 'night-2', [15, 10]);
      await group.stop();
      const [values = []] = await committedValues(kafka, 'out-nights');
      assert.deepEqual(
        values.sort(),
        [...numbered('one', 10), ...numbered('two-p0', 15), ...numbered('two-p1', 10)].sort(),
      );
    },
  );

  await suite.test('a group begins at the latest message once, and then where it was', async (t) => {
    await kafka.createTopic({ topic: 'in-latest', partitions: 2 });
    await kafka.createTopic({ topic: 'out-latest' });
    await produce(kafka, 'in-latest', numbered('before', 20), 0);
    const settings = () => ({
      connection: quickConnection(kafka.brokers, 'latest'),
      topics: ['in-latest'],
      start: 'latest',
      work: copyTo('out-latest'),
    });
    const members = [startGroup(t, settings()), startGroup(t, settings())];
    for (const member of members) await member.running(1);
    for (const member of members) await member.stop();
    for (const partition of [0, 1])
      await produce(kafka, 'in-latest', numbered(`p${partition}`, 5), partition);
    const again = startGroup(t, settings());
    await copiedAll(kafka, 'latest', 'in-latest', [5, 5]);
    await again.stop();
    const [values = []] = await committedValues(kafka, 'out-latest');
    assert.deepEqual(values.sort(), [...numbered('p0', 5), ...numbered('p1', 5)].sort());
  });

  await suite.test('beginConsumerGroup() settles where a group begins that runs later', async (t) => {
    await kafka.createTopic({ topic: 'in-begun' });
    await kafka.createTopic({ topic: 'out-begun' });
    await produce(kafka, 'in-begun', numbered('before', 5), 0);
    const connection = quickConnection(kafka.brokers, 'begun');
    const subscription = { topics: ['in-begun'], start: 'latest', work: copyTo('out-begun') };
    await beginConsumerGroup({
      ...{ connection, subscriptions: [{ ...subscription, pattern: null }] },
      ...{ drainMs: 1000, signal: t.signal },
    });
    await produce(kafka, 'in-begun', numbered('after', 5), 0);
    const group = startGroup(t, { connection, ...subscription });
    await copiedAll(kafka, 'begun', 'in-begun', [5]);
    await group.stop();
    assert.deepEqual(await committedValues(kafka, 'out-begun'), [numbered('after', 5)]);
  });

  await suite.test('a group begins at a time', async (t) => {
    await kafka.createTopic({ topic: 'in-time' });
    await kafka.createTopic({ topic: 'out-time' });
    await produce(kafka, 'in-time', numbered('before', 5), 0);
    await systemClock.sleep(50);
    const start = new Date(systemClock.nowMs()).toISOString();
    await systemClock.sleep(50);
    await produce(kafka, 'in-time', numbered('after', 5), 0);
    const connection = quickConnection(kafka.brokers, 'time');
    const group = startGroup(t, { connection, topics: ['in-time'], start, work: copyTo('out-time') });
    await copiedAll(kafka, 'time', 'in-time', [5]);
    await group.stop();
    assert.deepEqual(await committedValues(kafka, 'out-time'), [numbered('after', 5)]);
  });

  await suite.test(
    'messages that retention deletes before they are read are counted, and the rest is read',
    async (t) => {
      await kafka.createTopic({ topic: 'in-gone' });
      await kafka.createTopic({ topic: 'out-gone' });
      await produce(kafka, 'in-gone', numbered('v', 1000), 0);
      const connection = quickConnection(kafka.brokers, 'gone', {
        queuePacketsMax: 10,
        partitionFetchBytesMax: 1000,
      });
      const slow = gate();
      let taken = 0;
      const work = copyTo('out-gone', {
        messagesMax: 5,
        beforeCommit: () => {
          taken += 5;
          return taken > 20 ? slow.opened : undefined;
        },
      });
      const group = startGroup(t, { connection, topics: ['in-gone'], work });
      await eventually('the partition to be paused', 20_000, async () =>
        (await metric(connection, 'nightjar_kafka_paused_partitions')) === 1 ? true : null,
      );
      await produce(kafka, 'in-gone', numbered('w', 10), 0);
      await kafka.withAdmin(async (admin) => {
        // It deletes only in topics that it has seen.
        await admin.fetchTopicOffsets('in-gone');
        await admin.deleteTopicRecords({ topic: 'in-gone', partitions: [{ partition: 0, offset: '1000' }] });
      });
      slow.open();
      await eventually('the end to be reached', 30_000, async () => {
        const { offset } = await committedOffset(kafka, 'gone', 'in-gone');
        return offset === '1010' ? true : null;
      });
      await group.stop();
      const [values = []] = await committedValues(kafka, 'out-gone');
      const read = values.filter((value) => value.startsWith('v-'));
      assert.deepEqual(read, numbered('v', read.length));
      assert.deepEqual(values.slice(read.length), numbered('w', 10));
      assert.equal(await metric(connection, 'nightjar_kafka_skipped_messages_total'), 1000 - read.length);
      const { metadata } = await committedOffset(kafka, 'gone', 'in-gone');
      assert.equal(metadata, String(values.length));
    },
  );

  await suite.test('a topic that is named, deleted and made anew is read from its beginning', async (t) => {
    await kafka.createTopic({ topic: 'in-anew' });
    await kafka.createTopic({ topic: 'out-anew' });
    await produce(kafka, 'in-anew', numbered('before', 50), 0);
    // Three looks without the topic would be the end.
    const connection = quickConnection(kafka.brokers, 'anew', { retryMs: 3000, retryMsMax: 3000 });
    const group = startGroup(t, { connection, topics: ['in-anew'], work: copyTo('out-anew') });
    await copiedAll(kafka, 'anew', 'in-anew', [50]);
    await kafka.withAdmin((admin) => admin.deleteTopics({ topics: ['in-anew'] }));
    await eventually('the topic to be made anew', 20_000, async () => {
      await kafka.createTopic({ topic: 'in-anew' });
      return true;
    });
    await produce(kafka, 'in-anew', numbered('after', 10), 0);
    await Promise.race([copiedAll(kafka, 'anew', 'in-anew', [10]), group.ended]);
    await group.stop();
    assert.deepEqual(await committedValues(kafka, 'out-anew'), [
      [...numbered('before', 50), ...numbered('after', 10)],
    ]);
  });

  await suite.test('a topic that is not there ends the start with one line', async (t) => {
    const connection = quickConnection(kafka.brokers, 'missing');
    const group = startGroup(t, { connection, topics: ['not-there'], work: copyTo('out-gone') });
    await assert.rejects(group.ended, hasCode('TOPIC_NOT_FOUND'));
  });

  await suite.test('after the signal what was taken is committed, and no more is', async (t) => {
    await kafka.createTopic({ topic: 'in-drain' });
    await kafka.createTopic({ topic: 'out-drain' });
    await produce(kafka, 'in-drain', numbered('v', 100), 0);
    const taken = gate();
    const work = copyTo('out-drain', {
      messagesMax: 30,
      beforeCommit: async () => {
        taken.open();
        await systemClock.sleep(1000);
      },
    });
    const connection = quickConnection(kafka.brokers, 'drain');
    const group = startGroup(t, { connection, topics: ['in-drain'], work });
    await taken.opened;
    await group.stop();
    assert.deepEqual(await committedOffset(kafka, 'drain', 'in-drain'), { offset: '30', metadata: '30' });
    assert.deepEqual(await committedValues(kafka, 'out-drain'), [numbered('v', 30)]);
  });
});
