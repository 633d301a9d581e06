import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { hasCode } from '../../helpers/has-code.ts';
import { connectionTo } from '../../helpers/services/connections.ts';
import { startKafka } from '../../helpers/services/kafka-cluster.ts';
import { unsignedToken } from '../../helpers/services/kafka-security.ts';
import { freePorts } from '../../helpers/services/processes.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

type KafkaInput = NonNullable<ConfigInput['kafka']>;

/** Far more than a wrong start needs on a busy machine, and far less than trying again and again or waiting for a silent broker. */
const QUICK_MS = 30_000;

async function verify(kafka: KafkaInput): Promise<void> {
  const connection = connectionTo({ connectTimeoutMs: 10_000, ...kafka });
  const startMs = systemClock.monotonicMs();
  try {
    await connection.verify();
  } finally {
    const tookMs = systemClock.monotonicMs() - startMs;
    assert.ok(tookMs < QUICK_MS, `verify() took ${tookMs} ms`);
  }
}

function fails(kafka: KafkaInput, ...expected: Parameters<typeof hasCode>): Promise<void> {
  return assert.rejects(verify(kafka), (error: unknown) => {
    assert.ok(error instanceof Error);
    assert.ok(!/[\n]|secret/.test(error.message), error.message);
    if (!hasCode(...expected)(error)) throw error;
    return true;
  });
}

test('verify() passes by every login, and says in one line what is wrong with another', async (context) => {
  const kafka = await startKafka(context, { security: true });
  if (kafka === null) return;
  const folder = await temporaryFolder(context);
  const { caFile = '', otherCaFile = '', clientCertFile = '', clientKeyFile = '' } = kafka.certificates ?? {};
  const { saslSsl, saslPlaintext, ssl } = kafka.listeners;
  const passwordFile = path.join(folder, 'password');
  const tokenFile = path.join(folder, 'token');
  writeFileSync(passwordFile, 'reader-secret\n');
  writeFileSync(tokenFile, `${unsignedToken('reader')}\n`);
  const login = { mechanism: 'scram-sha-512', username: 'reader', passwordFile } as const;
  const secure = { brokers: [...saslSsl], tls: { caFile } };

  await context.test('plaintext, SASL over both, and client certificates pass', async () => {
    await verify({ brokers: [...kafka.brokers] });
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const)
      await verify({ ...secure, sasl: { ...login, mechanism } });
    await verify({ brokers: [...saslPlaintext], sasl: login });
    await verify({ ...secure, sasl: { mechanism: 'oauthbearer', tokenFile } });
    const tls = { caFile, certFile: clientCertFile, keyFile: clientKeyFile };
    await verify({ brokers: [...ssl], tls });
  });

  await context.test('one broker that lets us in is enough, and the others are not waited for', async () => {
    const [port = 0] = await freePorts(1);
    const silent = await listening(context, () => undefined);
    const brokers = [silent, `127.0.0.1:${port}`, ...kafka.brokers];
    await verify({ brokers, connectTimeoutMs: 60_000 });
  });

  await context.test('wrong password and unknown user are BROKER_REFUSED_LOGIN', async () => {
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'] as const) {
      const wrong = { mechanism, username: 'reader', password: 'a-secret' };
      await fails({ ...secure, sasl: wrong }, 'BROKER_REFUSED_LOGIN', '"reader"', mechanism);
      await fails({ ...secure, sasl: { ...wrong, username: 'nobody' } }, 'BROKER_REFUSED_LOGIN', '"nobody"');
    }
    writeFileSync(tokenFile, 'no.token.');
    const oauth = { mechanism: 'oauthbearer', tokenFile } as const;
    await fails({ ...secure, sasl: oauth }, 'BROKER_REFUSED_LOGIN', 'oauthbearer');
  });

  await context.test('no login, and a login where none is taken, are BROKER_REFUSED_LOGIN', async () => {
    await fails(secure, 'BROKER_REFUSED_LOGIN', 'kafka.sasl is null');
    await fails({ brokers: [...kafka.brokers], sasl: login }, 'BROKER_REFUSED_LOGIN', '"reader"');
  });

  await context.test(
    'untrusted authority, wrong name and missing certificate are BROKER_UNTRUSTED',
    async () => {
      await fails({ ...secure, tls: { caFile: otherCaFile }, sasl: login }, 'BROKER_UNTRUSTED', otherCaFile);
      await fails({ ...secure, tls: {}, sasl: login }, 'BROKER_UNTRUSTED', 'kafka.tls.caFile is null');
      const byAddress = saslSsl.map((broker) => broker.replace('localhost', '127.0.0.1'));
      await fails({ ...secure, brokers: byAddress, sasl: login }, 'BROKER_UNTRUSTED', 'kafka.tls.serverName');
      await verify({ brokers: byAddress, tls: { caFile, serverName: 'localhost' }, sasl: login });
      await fails({ brokers: [...ssl], tls: { caFile } }, 'BROKER_UNTRUSTED', 'certificate');
    },
  );

  await context.test('TLS on one side only is BROKER_UNTRUSTED', async () => {
    await fails({ brokers: [...saslSsl], sasl: login }, 'BROKER_UNTRUSTED', 'speaks TLS');
    await fails({ brokers: [...ssl] }, 'BROKER_UNTRUSTED', 'speaks TLS');
    await fails({ brokers: [...kafka.brokers], tls: { caFile } }, 'BROKER_UNTRUSTED', 'does not speak TLS');
    await fails(
      { brokers: [...saslPlaintext], tls: { caFile }, sasl: login },
      'BROKER_UNTRUSTED',
      'does not',
    );
  });
});

test('verify() says BROKER_UNREACHABLE, and which, of brokers that are not there', async () => {
  const [port = 0] = await freePorts(1);
  await fails({ brokers: [`127.0.0.1:${port}`] }, 'BROKER_UNREACHABLE', `127.0.0.1:${port}`, 'refuses');
  await fails({ brokers: [`[::1]:${port}`] }, 'BROKER_UNREACHABLE', `[::1]:${port}`);
  await fails({ brokers: ['no-such-host.invalid:9092'] }, 'BROKER_UNREACHABLE', 'no-such-host.invalid');
});

test('verify() ends when something that is no broker listens', async (context) => {
  const silent = await listening(context, () => undefined);
  await fails({ brokers: [silent], connectTimeoutMs: 500 }, 'BROKER_UNREACHABLE', silent);
  const other = await listening(context, (write) => {
    write('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  await fails({ brokers: [other], connectTimeoutMs: 500 }, 'BROKER_UNREACHABLE', other);
});

async function listening(
  context: TestContext,
  answer: (write: (text: string) => void) => void,
): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      answer((text) => socket.write(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
