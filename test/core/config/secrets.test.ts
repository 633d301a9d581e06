import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig, maskedConfig, maskedUrl } from '../../../core/index.ts';
import { configFile } from '../../helpers/config-file.ts';
import { hasCode } from '../../helpers/has-code.ts';

const SECRET = 'hunter2';

test('loadConfig() refuses secrets in the file, and says where they belong', async (context) => {
  const cases = [
    [`kafka: { sasl: { mechanism: plain, username: me, password: ${SECRET} } }`, 'kafka.sasl.passwordFile'],
    [`webhook: { secret: ${SECRET} }`, 'NIGHTJAR__WEBHOOK__SECRET or webhook.secretFile'],
    [`store: { password: ${SECRET} }`, 'NIGHTJAR__STORE__PASSWORD or store.passwordFile'],
    [`store: { url: "postgres://me:${SECRET}@host/db" }`, 'NIGHTJAR__STORE__PASSWORD or store.passwordFile'],
    [`store: { url: "postgres://host/db?password=${SECRET}" }`, 'NIGHTJAR__STORE__PASSWORD'],
    [`registry: { url: "https://me:${SECRET}@host" }`, 'give NIGHTJAR__REGISTRY__URL'],
    [`registry: { url: "https://me:${SECRET}%@host" }`, 'give NIGHTJAR__REGISTRY__URL'],
    [`webhook: { url: "https://me:${SECRET}@host/a" }`, 'give NIGHTJAR__WEBHOOK__URL'],
    [`x: &u "https://me:${SECRET}@host"\nregistry: { url: *u }`, 'give NIGHTJAR__REGISTRY__URL'],
  ] as const;
  for (const [content, words] of cases) {
    const file = await configFile(context, content);
    assert.throws(
      () => loadConfig(file),
      (error: unknown) =>
        hasCode('CONFIG_INVALID', words)(error) && !(error as Error).message.includes(SECRET),
      content,
    );
  }
});

test('loadConfig() takes secrets from the environment, and null for them in the file', async (context) => {
  const file = await configFile(context, 'store: { password: null }\nwebhook: { secret: null }\n');
  const config = loadConfig(
    file,
    {},
    {
      NIGHTJAR__WEBHOOK__SECRET: SECRET,
      NIGHTJAR__REGISTRY__URL: `https://me:${SECRET}@host`,
    },
  );
  assert.equal(config.webhook.secret, SECRET);
  assert.equal(config.registry.url, `https://me:${SECRET}@host`);
});

test('loadConfig() takes no password in the address of the store from anywhere, and shows none', () => {
  assert.throws(
    () => loadConfig(null, {}, { NIGHTJAR__STORE__URL: `postgres://me:${SECRET}@host/db` }),
    (error: unknown) =>
      hasCode('CONFIG_INVALID', '"store.url" (NIGHTJAR__STORE__URL) must be without a password')(error) &&
      !(error as Error).message.includes(SECRET),
  );
});

test('maskedConfig() shows no secret, and all else', () => {
  const config = loadConfig(
    null,
    { log: { level: 'info' } },
    {
      NIGHTJAR__KAFKA__SASL: `{ mechanism: oauthbearer, username: me, password: ${SECRET}, tokenUrl: "https://me:${SECRET}@idp/token" }`,
      NIGHTJAR__REGISTRY__URL: `https://me:${SECRET}@host:8081/path`,
      NIGHTJAR__WEBHOOK__URL: `https://hooks.example/services/${SECRET}?key=${SECRET}`,
      NIGHTJAR__WEBHOOK__SECRET: SECRET,
      NIGHTJAR__STORE__PASSWORD: SECRET,
      NIGHTJAR__STORE__URL: 'postgres://me@host/db',
    },
  );
  const shown = maskedConfig(config);
  assert.ok(!JSON.stringify(shown).includes(SECRET));
  assert.equal(shown.kafka.sasl?.username, 'me');
  assert.equal(shown.kafka.sasl.password, '***');
  assert.equal(shown.registry.url, 'https://me:***@host:8081/path');
  assert.equal(shown.webhook.url, 'https://hooks.example/***?***');
  assert.equal(shown.store.url, 'postgres://me@host/db');
  assert.deepEqual(shown.log, config.log);
  assert.deepEqual(maskedConfig(loadConfig(null)), loadConfig(null));
});

test('maskedUrl() hides a user without a password, which is a token then, and what is no URL', () => {
  assert.equal(maskedUrl('https://token@host/'), 'https://***@host/');
  assert.equal(maskedUrl('not a url'), '***');
});
