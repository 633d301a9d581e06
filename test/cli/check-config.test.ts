import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { configFile } from '../helpers/config-file.ts';
import { nightjar, startNightjar } from '../helpers/nightjar.ts';

const CONFIG = `kafka:
  brokers: [localhost:9092]
  tls: { caFile: ca.pem }
sources:
  - topics: [alerts]
service: { rekey: true }
log: { level: warn }
`;

test('check-config prints what differs from the defaults and where it comes from, and no secret', async (context) => {
  const file = await configFile(context, CONFIG);
  const environment = { NIGHTJAR__STORE__PASSWORD: 'hunter2', NIGHTJAR__WINDOW__POINTS_MIN: '4' };
  const { status, out, err } = await startNightjar(['check-config', file], environment).ended;
  assert.equal(status, 0);
  assert.match(out, /kafka\.brokers +│ \["localhost:9092"\] +│ \[\] +│ line 2/);
  assert.match(out, /kafka\.tls\.caFile +│ "ca\.pem" +│ null +│ line 3/);
  assert.match(out, /sources\[0\] +│ \{"topics":\["alerts"\]\} +│ null +│ line 5/);
  assert.match(out, /window\.pointsMin +│ 4 +│ 3 +│ NIGHTJAR__WINDOW__POINTS_MIN/);
  assert.match(out, /store\.password +│ "\*\*\*"/);
  assert.doesNotMatch(out, /hunter2|log\.level|kafka\.stallMs/);
  assert.match(out, /\nConfiguration is valid\n$/);
  assert.match(err, /notice: store\.kind is lmdb/);
});

test('check-config --json prints one line with the whole configuration, secrets masked', async (context) => {
  const file = await configFile(context, CONFIG);
  const { status, out } = await startNightjar(['check-config', file, '--json'], {
    NIGHTJAR__STORE__PASSWORD: 'hunter2',
  }).ended;
  assert.equal(status, 0);
  assert.equal(out.trimEnd().split('\n').length, 1);
  const report = JSON.parse(out) as {
    readonly valid: boolean;
    readonly notices: readonly string[];
    readonly changed: readonly { readonly key: string; readonly origin: string }[];
    readonly config: {
      readonly kafka: { readonly stallMs: number };
      readonly store: { readonly password: string };
    };
  };
  assert.equal(report.valid, true);
  assert.equal(report.notices.length, 1);
  assert.deepEqual(
    report.changed.map(({ key, origin }) => `${key} ${origin}`),
    [
      'kafka.brokers line 2',
      'kafka.tls.caFile line 3',
      'sources[0] line 5',
      'service.rekey line 6',
      'store.password NIGHTJAR__STORE__PASSWORD',
    ],
  );
  assert.deepEqual([report.config.kafka.stallMs, report.config.store.password], [60_000, '***']);
});

test('check-config --all prints every key, and without a file the environment alone', async () => {
  const all = await nightjar('check-config', '--all');
  assert.equal(all.status, 0);
  assert.match(all.out, /kafka\.stallMs +│ 60000 +│ 60000 +│ default/);
  assert.match(
    (await nightjar('check-config')).out,
    /^Everything is at its default\nConfiguration is valid\n$/,
  );
});

test('check-config says what is wrong in one line and exits 1', async (context) => {
  const file = await configFile(context, 'kafka: { brokres: [a:1] }\n');
  const { status, out, err } = await nightjar('check-config', file);
  assert.deepEqual([status, out], [1, '']);
  assert.equal(
    err,
    `nightjar: CONFIG_INVALID: Cannot use "${file}" as configuration: "kafka.brokres" (line 1) is not known: did you mean "brokers"?\n`,
  );
  const none = await nightjar('check-config', path.join(path.dirname(file), 'none.yaml'));
  assert.deepEqual([none.status, none.err.split('\n').length], [1, 2]);
});
