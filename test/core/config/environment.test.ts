import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configKeys, loadConfig } from '../../../core/index.ts';
import { hasCode } from '../../helpers/has-code.ts';

function loaded(environment: Readonly<Record<string, string>>) {
  return loadConfig(null, {}, environment);
}

test('every key has one variable of its own', () => {
  const variables = configKeys().map(({ variable }) => variable);
  assert.equal(new Set(variables).size, variables.length);
  assert.ok(variables.length > 100);
  for (const variable of variables) assert.match(variable, /^NIGHTJAR(__[A-Z0-9]+(_[A-Z0-9]+)*)+$/);
  for (const known of ['KAFKA__SASL__PASSWORD_FILE', 'CANDIDATES__P_VALUE_MAX', 'SOURCES', 'KAFKA__TLS'])
    assert.ok(variables.includes(`NIGHTJAR__${known}`), known);
});

test('loadConfig() takes numbers, switches, lists, maps and null as YAML', () => {
  const { window, outputs, kafka, join, metrics } = loaded({
    NIGHTJAR__WINDOW__RETENTION_DAYS: '1e3',
    NIGHTJAR__OUTPUTS__CREATE: 'false',
    NIGHTJAR__KAFKA__BROKERS: '[a:9092, "[::1]:9093"]',
    NIGHTJAR__JOIN__METADATA_COLUMNS: '{ parallaxMas: plx }',
    NIGHTJAR__METRICS__PORT: 'null',
  });
  assert.equal(window.retentionDays, 1000);
  assert.equal(outputs.create, false);
  assert.deepEqual(kafka.brokers, ['a:9092', '[::1]:9093']);
  assert.deepEqual(join.metadataColumns, { parallaxMas: 'plx' });
  assert.equal(metrics.port, null);
});

test('loadConfig() takes text as it is, however YAML would read it', () => {
  for (const password of ['0123', 'yes', '*a: #b', '"quoted"', ' with spaces ', '{', 'null&']) {
    const { store } = loaded({ NIGHTJAR__STORE__PASSWORD: password });
    assert.equal(store.password, password);
  }
  assert.equal(loaded({ NIGHTJAR__REGISTRY__CACHE_DIR: 'null' }).registry.cacheDir, null);
  assert.equal(loaded({ NIGHTJAR__KAFKA__GROUP_ID: 'null' }).kafka.groupId, 'null');
});

test('loadConfig() takes a list of sources whole', () => {
  const { sources } = loaded({
    NIGHTJAR__SOURCES: '[{ topics: [a] }, { pattern: "ztf_.*", start: latest }]',
  });
  assert.deepEqual(
    sources.map(({ topics, pattern, start }) => [topics, pattern, start]),
    [
      [['a'], null, 'earliest'],
      [[], 'ztf_.*', 'latest'],
    ],
  );
});

test('loadConfig() makes an object of the keys in it, and lays them over the object given whole', () => {
  const { kafka } = loaded({
    NIGHTJAR__KAFKA__SASL__USERNAME: 'me',
    NIGHTJAR__KAFKA__SASL__MECHANISM: 'scram-sha-512',
    NIGHTJAR__KAFKA__TLS__SERVER_NAME: 'b',
    NIGHTJAR__KAFKA__TLS: '{ caFile: ca.pem, serverName: a }',
  });
  assert.equal(kafka.sasl?.mechanism, 'scram-sha-512');
  assert.deepEqual([kafka.tls?.caFile, kafka.tls?.serverName], ['ca.pem', 'b']);
});

test('loadConfig() passes over empty variables and those of others', () => {
  const config = loaded({ NIGHTJAR__LOG__LEVEL: '', NIGHTJAR_REQUIRE_KAFKA: '1', NIGHTJAR: 'x', PATH: '/' });
  assert.deepEqual(config, loadConfig(null));
});

test('loadConfig() names a variable that it does not know, and the nearest that it does', () => {
  assert.throws(
    () => loaded({ NIGHTJAR__KAFKA__GROUPID: 'x', NIGHTJAR__QUITE__ELSE: '1' }),
    hasCode(
      'CONFIG_INVALID',
      'NIGHTJAR__KAFKA__GROUPID is not known: did you mean "NIGHTJAR__KAFKA__GROUP_ID"?',
      'NIGHTJAR__QUITE__ELSE is not known',
    ),
  );
});

test('loadConfig() names the variable whose value is wrong', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['NIGHTJAR__WINDOW__POINTS_MIN', 'many', 'must be a number: current value is "many"'],
    ['NIGHTJAR__OUTPUTS__CREATE', 'yes', 'must be true or false: current value is "yes"'],
    ['NIGHTJAR__LOG__LEVEL', 'loud', 'current value is "loud"'],
    ['NIGHTJAR__KAFKA__BROKERS', '[a:9092', 'must be valid YAML'],
    ['NIGHTJAR__KAFKA__BROKERS', 'a:9092', 'must be a list: current value is "a:9092"'],
    [
      'NIGHTJAR__SOURCES',
      '[{ topics: ["a b"] }]',
      '"sources[0].topics[0]" (NIGHTJAR__SOURCES) must be 1 to 249',
    ],
  ];
  for (const [variable, text, words] of cases)
    assert.throws(() => loaded({ [variable]: text }), hasCode('CONFIG_INVALID', variable, words), variable);
});
