import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertServiceConfig, configNotices, loadConfig, wholeNamePattern } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { hasCode } from '../../helpers/has-code.ts';

/** What does not fit together, and words of the line that says so. */
const UNFIT: readonly (readonly [ConfigInput, ...string[]])[] = [
  [{ window: { pointsMin: 5, pointsMax: 2 } }, 'window.pointsMin', 'current value is 5'],
  [{ pipeline: { batchPackets: 512, batchesInFlightMax: 2 } }, 'window.redeliveryPacketsMax'],
  [
    { sources: [{ topics: ['a'] }, { topics: ['b', 'a'] }] },
    'sources[1].topics[1]',
    '"a" is in sources[0] too',
  ],
  [{ sources: [{ topics: ['a', 'a'] }] }, 'sources[0].topics[1]', 'in one source only'],
  [{ sources: [{ topics: ['ztf_1'] }, { pattern: 'ztf_.*' }] }, 'sources[0].topics[0]', 'in sources[1] too'],
  [{ sources: [{ topics: ['nightjar.scores'] }] }, 'outputs.scores', 'sources[0] has it'],
  [{ sources: [{ pattern: '.*' }] }, 'outputs.deadLetters', 'service.retriesTopic'],
  [{ outputs: { scores: 'a', candidates: 'a' } }, 'outputs.candidates', 'another topic than outputs.scores'],
  [{ outputs: { tooLate: 'a' }, service: { alertsTopic: 'a' } }, 'service.alertsTopic', 'outputs.tooLate'],
  [
    { sources: [{ topics: ['a'], format: 'json', mapping: 'none' }] },
    'sources[0].mapping',
    'decode.mappings',
  ],
  [{ sources: [{ topics: ['a'], format: 'json' }] }, 'sources[0].mapping', 'must be given for JSON alerts'],
  [{ sources: [{ topics: ['a'], pattern: 'b' }] }, 'sources[0].topics', 'one of them'],
  [{ sources: [{ pattern: '(' }] }, 'sources[0].pattern', 'regular expression'],
  [{ sources: [{ pattern: 'a)|(b' }] }, 'sources[0].pattern', 'regular expression'],
  [{ outputs: { format: 'avro' } }, 'registry.url', 'must be given where outputs.format is avro'],
  [{ store: { kind: 'postgres' } }, 'store.url', 'must be given for postgres'],
  [{ kafka: { sasl: { mechanism: 'plain' } } }, 'kafka.sasl.username'],
  [{ kafka: { sasl: { mechanism: 'oauthbearer' } } }, 'kafka.sasl.tokenUrl'],
  [{ kafka: { tls: { certFile: 'a.pem' } } }, 'kafka.tls.keyFile'],
  [{ kafka: { heartbeatMs: 20_000 } }, 'kafka.heartbeatMs', 'a third of sessionTimeoutMs'],
];

for (const [input, ...words] of UNFIT) {
  test(`loadConfig() refuses ${JSON.stringify(input)}`, () => {
    assert.throws(() => loadConfig(null, input), hasCode('CONFIG_INVALID', ...words));
  });
}

test('loadConfig() takes sources of several kinds, and a JSON source whose mapping is there', () => {
  const [mapping] = loadConfig(null).decode.mappings;
  const config = loadConfig(null, {
    sources: [
      { topics: ['ztf_1'] },
      { pattern: 'lsst-alerts-v\\d+', keyed: true },
      { kind: 'spectra', topics: ['spectra'] },
      { topics: ['lasair'], format: 'json', mapping: mapping?.survey ?? '' },
    ],
  });
  assert.equal(config.sources.length, 4);
  assert.deepEqual(configNotices(config), ['kafka.brokers is empty: the service needs it']);
});

test('configNotices() names what is allowed and probably not meant', () => {
  const config = loadConfig(null, {
    kafka: { brokers: ['a:1'], sasl: { mechanism: 'plain', username: 'me' } },
    sources: [
      { topics: ['a'], keyed: true },
      { kind: 'spectra', topics: ['b'] },
    ],
    service: { rekey: true },
    webhook: { url: 'https://host/a' },
  });
  const notices = configNotices(config).join('\n');
  for (const words of ['service.rekey has no effect', 'lmdb', 'not encrypted', 'without a secret'])
    assert.ok(notices.includes(words), words);
  assert.deepEqual(configNotices(loadConfig(null)), []);
});

test('assertServiceConfig() asks for brokers and sources', () => {
  assert.throws(
    () => {
      assertServiceConfig(loadConfig(null));
    },
    hasCode('CONFIG_INVALID', 'kafka.brokers', 'sources'),
  );
  assertServiceConfig(loadConfig(null, { kafka: { brokers: ['a:1'] }, sources: [{ topics: ['a'] }] }));
});

test('wholeNamePattern() takes whole names only, of each alternative', () => {
  const pattern = wholeNamePattern('ztf_\\d{8}_programid1|lsst');
  assert.deepEqual(
    ['ztf_20261124_programid1', 'lsst', 'lsst2', 'xztf_20261124_programid1'].map((name) =>
      pattern.test(name),
    ),
    [true, true, false, false],
  );
});
