import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { ConfigInput } from '../../../core/index.ts';
import { startNightjar } from '../../helpers/nightjar.ts';
import { realData } from '../../helpers/real-data.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import type { Kafka } from '../../helpers/services/kafka-cluster.ts';
import { bindLifetime, endProcess, eventually, freePorts } from '../../helpers/services/processes.ts';
import { endOffsets, produce } from '../../helpers/services/topics.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { topicPackets } from '../../helpers/topic-packets.ts';

/** A user may wait so long for the line that says what is wrong. */
const SAID_MS_MAX = 60_000;
const TOPIC = 'alerts';

interface Failure {
  readonly what: string;
  readonly config: ConfigInput;
  readonly password?: string;
  /** The one line on standard error. */
  readonly says: RegExp;
}

test('nightjar run ends with one clear line', async (context) => {
  const kafka = await startKafka(context, { security: true });
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  await kafka.createTopic({ topic: TOPIC });
  await kafka.createTopic({ topic: 'private' });
  await kafka.allow(
    { user: 'reader', kind: 'topic', name: TOPIC, operations: ['READ', 'DESCRIBE'] },
    { user: 'reader', kind: 'topic', name: 'nightjar.*', operations: ['ALL'] },
    { user: 'reader', kind: 'group', name: 'nightjar*', operations: ['ALL'] },
    { user: 'reader', kind: 'transactionalId', name: 'nightjar*', operations: ['ALL'] },
  );
  const [deadPort = 0] = await freePorts(1);
  for (const { what, config, password = 'reader-secret', says } of failures(kafka, deadPort)) {
    await context.test(what, async () => {
      const file = path.join(folder, 'config.yaml');
      const store = { folder: path.join(folder, 'store') };
      writeFileSync(file, JSON.stringify({ sources: [{ topics: [TOPIC] }], store, ...config }));
      const { child, ended } = startNightjar(['run', '--config', file], {
        NIGHTJAR__KAFKA__SASL__PASSWORD: password,
      });
      bindLifetime(child, null);
      const timer = setTimeout(() => child.kill('SIGKILL'), SAID_MS_MAX);
      const { status, err } = await ended;
      clearTimeout(timer);
      assert.equal(status, 1, err);
      const said = err.split('\n').filter((line) => line.startsWith('nightjar: '));
      assert.equal(said.length, 1, err);
      assert.match(said[0] ?? '', says);
      assert.doesNotMatch(err, /secret|internal error|\n\s+at /);
    });
  }
});

function failures(kafka: Kafka, deadPort: number): readonly Failure[] {
  const { caFile, otherCaFile } = kafka.certificates ?? { caFile: '', otherCaFile: '' };
  const plain = { brokers: [...kafka.brokers] };
  const login = (caPath: string): NonNullable<ConfigInput['kafka']> => ({
    brokers: [...kafka.listeners.saslSsl],
    tls: { caFile: caPath },
    sasl: { mechanism: 'scram-sha-512', username: 'reader' },
  });
  return [
    {
      what: 'where the password is wrong',
      config: { kafka: login(caFile) },
      password: 'wrong-secret',
      says: /^nightjar: BROKER_REFUSED_LOGIN: .*reader/,
    },
    {
      what: 'where the authority is not trusted',
      config: { kafka: login(otherCaFile) },
      says: /^nightjar: BROKER_UNTRUSTED: /,
    },
    {
      what: 'where the brokers are down',
      config: { kafka: { brokers: [`127.0.0.1:${deadPort}`], connectTimeoutMs: 2000 } },
      says: new RegExp(`^nightjar: BROKER_UNREACHABLE: .*127\\.0\\.0\\.1:${deadPort}`),
    },
    {
      what: 'where a topic does not exist',
      config: { kafka: plain, sources: [{ topics: [TOPIC, 'no-such-topic', 'nor-this'] }] },
      says: /^nightjar: TOPIC_NOT_FOUND: .*no-such-topic.*nor-this/,
    },
    {
      what: 'where the user may not read a topic',
      config: { kafka: login(caFile), sources: [{ topics: ['private'] }] },
      says: /^nightjar: TOPIC_(FORBIDDEN|NOT_FOUND): .*private/,
    },
    {
      what: 'where the configuration is malformed',
      config: { kafka: { ...plain, fetchWaitMs: -1 } },
      says: /^nightjar: CONFIG_INVALID: .*fetchWaitMs/,
    },
  ];
}

test('nightjar run, with a login over TLS, ends with one line when a record is larger than its topic takes', async (context) => {
  const alerts = realData(context, 'data', 'alerts', 'elasticc_v0_9.tar.gz');
  if (alerts === null) return;
  const kafka = await startKafka(context, { security: true });
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  await kafka.createTopic({ topic: TOPIC });
  await kafka.createTopic({ topic: 'nightjar.scores', config: { 'max.message.bytes': '300' } });
  for (const kind of ['topic', 'group', 'transactionalId'] as const)
    await kafka.allow({ user: 'writer', kind, name: '*', operations: ['ALL'] });
  const packets = await topicPackets({ paths: [alerts], registryUrl: 'http://127.0.0.1:9' });
  await produce(kafka, TOPIC, packets.slice(0, 20));
  assert.deepEqual([...(await endOffsets(kafka, [TOPIC])).values()], [20n]);
  const file = path.join(folder, 'config.yaml');
  const config: ConfigInput = {
    kafka: {
      brokers: [...kafka.listeners.saslSsl],
      tls: { caFile: kafka.certificates?.caFile ?? '' },
      sasl: { mechanism: 'scram-sha-512', username: 'writer' },
    },
    window: { pointsMin: 1 },
    sources: [{ topics: [TOPIC] }],
    store: { folder: path.join(folder, 'store') },
  };
  writeFileSync(file, JSON.stringify(config));
  const { child, ended, err } = startNightjar(['run', '--config', file], {
    NIGHTJAR__KAFKA__SASL__PASSWORD: 'writer-secret',
  });
  bindLifetime(child, null);
  await eventually('the end', SAID_MS_MAX, () => (child.exitCode === null ? null : true)).catch(() =>
    endProcess(child, 'SIGKILL'),
  );
  assert.equal((await ended).status, 1, err());
  assert.match(err(), /^nightjar: MESSAGE_TOO_LARGE: .*nightjar\.scores/m);
});
