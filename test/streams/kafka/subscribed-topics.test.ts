import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PipelineError } from '../../../core/index.ts';
import { subscribedTopics } from '../../../streams/kafka/subscribed-topics.ts';
import type { Subscription } from '../../../streams/kafka/subscribed-topics.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { fakePositions } from './fake-kafka.ts';

function subscription(topics: readonly string[], pattern: string | null): Subscription {
  return { topics, pattern, start: 'earliest', work: () => Promise.resolve() };
}

/** What each subscription is given, where these topics can be seen. */
async function subscribed(
  visible: readonly string[],
  subscriptions: readonly Subscription[],
  hidden: readonly string[] = [],
): Promise<string[][]> {
  const positions = fakePositions({
    topics: () => Promise.resolve(visible),
    expectTopic: (topic) =>
      hidden.includes(topic)
        ? Promise.resolve()
        : Promise.reject(new PipelineError('TOPIC_NOT_FOUND', `Cannot read topic "${topic}"`)),
  });
  const result = await subscribedTopics(subscriptions, positions);
  return subscriptions.map((one) => [...result].filter(([, own]) => own === one).map(([topic]) => topic));
}

test('subscribedTopics() gives a topic to the first that names it, else to the first whose pattern is its whole name', async () => {
  const subscriptions = [
    subscription([], 'ztf.*|lsst'),
    subscription(['ztf_2'], 'ztf_\\d'),
    subscription(['ztf_2', 'late'], null),
  ];
  const visible = ['ztf_3', 'lsst', 'late', 'ztf_2', 'my-ztf', 'lsst2', 'ztf_1'];
  assert.deepEqual(await subscribed(visible, subscriptions), [
    ['lsst', 'ztf_1', 'ztf_3'],
    ['ztf_2'],
    ['late'],
  ]);
});

test('subscribedTopics() asks for a topic that is named and not listed, and fails where it is not there', async () => {
  const subscriptions = [subscription(['young'], null)];
  assert.deepEqual(await subscribed([], subscriptions, ['young']), [['young']]);
  await assert.rejects(subscribed(['other'], subscriptions), hasCode('TOPIC_NOT_FOUND', '"young"'));
});

test('subscribedTopics() takes topics of the brokers’ own for no pattern’s, but for whose name is given', async () => {
  const visible = ['__consumer_offsets', '__transaction_state', 'alerts'];
  assert.deepEqual(await subscribed(visible, [subscription([], '.*')]), [['alerts']]);
  assert.deepEqual(await subscribed(visible, [subscription(['__transaction_state'], '.*')]), [
    ['__transaction_state', 'alerts'],
  ]);
});
