import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { unsignedToken } from '../../helpers/services/kafka-security.ts';

test('startKafka() gives a broker that keeps its topics over a kill', async (context) => {
  const kafka = await startKafka(context);
  if (kafka === null) return;
  await kafka.createTopic({ topic: 'one', partitions: 3, config: { 'max.message.bytes': '5000' } });
  await kafka.kill(1);
  await kafka.start(1);
  await kafka.ready();
  const { topics } = await kafka.withAdmin((admin) => admin.fetchTopicMetadata({ topics: ['one'] }));
  assert.equal(topics[0]?.partitions.length, 3);
});

test('startKafka() gives a broker that takes logins by each mechanism, over TLS', async (context) => {
  const kafka = await startKafka(context, { security: true });
  if (kafka === null) return;
  const ca = readFileSync(kafka.certificates?.caFile ?? '', 'utf8');
  const password = { username: 'reader', password: 'reader-secret' };
  const logins: readonly NonNullable<KafkaConfig['sasl']>[] = [
    { mechanism: 'plain', ...password },
    { mechanism: 'scram-sha-256', ...password },
    { mechanism: 'scram-sha-512', ...password },
    {
      mechanism: 'oauthbearer',
      oauthBearerProvider: () => Promise.resolve({ value: unsignedToken('reader') }),
    },
  ];
  await kafka.createTopic({ topic: 'hidden' });
  await kafka.createTopic({ topic: 'seen' });
  await kafka.allow({ user: 'reader', kind: 'topic', name: 'see*', operations: ['READ', 'DESCRIBE'] });
  for (const sasl of logins) {
    const login: KafkaConfig = { sasl, ssl: { ca: [ca] }, brokers: [...kafka.listeners.saslSsl] };
    assert.deepEqual(await topicsSeen(login), ['seen'], sasl.mechanism);
  }
});

async function topicsSeen(config: KafkaConfig): Promise<readonly string[]> {
  const admin = new kafkajs.Kafka({ ...config, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
