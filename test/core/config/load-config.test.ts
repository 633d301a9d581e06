import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { loadConfig, traceConfig } from '../../../core/index.ts';
import { configFile } from '../../helpers/config-file.ts';
import { hasCode } from '../../helpers/has-code.ts';

/** Every kind of malformed file: what it holds, and words of the one line that says so. */
const MALFORMED: Readonly<Record<string, readonly [content: string, ...words: string[]]>> = {
  'text that is not YAML': ['kafka: [1', 'not valid YAML', 'line 1'],
  'a list at the top': ['- kafka', 'must be a map of sections: current value is a list'],
  'a number at the top': ['42', 'must be a map of sections: current value is number'],
  'an unknown section': ['log: {}\nkafak: {}\n', '"kafak" (line 2) is not known: did you mean "kafka"?'],
  'an unknown key': [
    'kafka:\n  groupIdd: x\n',
    '"kafka.groupIdd" (line 2) is not known: did you mean "groupId"?',
  ],
  'an unknown key that is near none': ['log: { xyzzyxyzzy: 1 }', '"log.xyzzyxyzzy" (line 1) is not known'],
  'an unknown key in a list': [
    'sources:\n  - topics: [a]\n    strat: latest\n',
    '"sources[0].strat" (line 3) is not known: did you mean "start"?',
  ],
  'a wrong type': [
    'window:\n  pointsMin: many\n',
    '"window.pointsMin" (line 2) must be a number: current value is "many"',
  ],
  'a fraction where a whole number is': [
    'kafka: { stallMs: 1.5 }',
    'must be a whole number: current value is 1.5',
  ],
  'a value out of range': [
    'metrics:\n  port: 70000\n',
    '"metrics.port" (line 2) must be at most 65535: current value is 70000',
  ],
  'a name that is none of those allowed': [
    'log: { level: loud }',
    '"log.level" (line 1) must be silent or error or warn or info or debug: current value is "loud"',
  ],
  'a time that is none': [
    'sources: [{ topics: [a], start: yesterday }]',
    '"sources[0].start" (line 1) must be earliest, latest or a time',
  ],
  'a key that must be given': [
    'kafka:\n  sasl: { username: me }\n',
    '"kafka.sasl.mechanism" (line 2) must be given',
  ],
  'two keys that do not fit each other': [
    'window: { pointsMin: 9, pointsMax: 5 }',
    '"window.pointsMin" (line 1) must be at most window.pointsMax',
  ],
  'a secret': ['store:\n  password: hunter2\n', 'store.password is a secret', 'NIGHTJAR__STORE__PASSWORD'],
  'a key given twice': ['log: {}\nlog: {}\n', 'Map keys must be unique at line 2'],
  'two documents': ['log: {}\n---\nlog: {}\n', 'multiple documents'],
  'an unknown tag': ['log: { level: !shout info }', 'Unresolved tag: !shout'],
  'a prototype': ['__proto__: { log: 1 }', '"__proto__" (line 1) is not known'],
  'aliases that unfold without measure': [bomb(), 'Excessive alias count'],
  'an alias of itself': ['log: &a { level: *a }', '"log.level" (line 1) must be'],
  'nesting without measure': ['['.repeat(20_000), 'not valid YAML'],
};

for (const [kind, [content, ...words]] of Object.entries(MALFORMED)) {
  test(`loadConfig() refuses ${kind}, in one line that names the file`, async (context) => {
    const file = await configFile(context, content);
    assert.throws(
      () => loadConfig(file),
      (error: unknown) => {
        assert.ok(error instanceof Error);
        for (const word of [...words, file])
          assert.ok(error.message.includes(word), `no "${word}" in: ${error.message}`);
        assert.ok(!/[\n\r]/.test(error.message), 'one line');
        assert.ok(!error.message.includes('hunter2'), 'no secret');
        return hasCode('CONFIG_INVALID')(error);
      },
    );
  });
}

test('loadConfig() refuses a file that is not there, a folder, bytes that are not text, and what has no end', async (context) => {
  const bytes = await configFile(context, Uint8Array.of(0xff, 0xfe, 0x41));
  const folder = path.dirname(bytes);
  const cases = [
    [path.join(folder, 'none.yaml'), 'there is no such file'],
    [folder, 'it is a folder'],
    [bytes, 'must be UTF-8'],
    ['/dev/zero', 'must be at most'],
  ] as const;
  for (const [file, words] of cases)
    assert.throws(() => loadConfig(file), hasCode('CONFIG_INVALID', file, words), words);
});

test('loadConfig() takes an empty file for the defaults', async (context) => {
  for (const content of ['', '\n', '# nothing yet\n', '{}', 'null'])
    assert.deepEqual(loadConfig(await configFile(context, content)), loadConfig(null));
});

test('loadConfig() names every fault, up to 20, and not a value of more than 60 letters', async (context) => {
  const three = await configFile(
    context,
    `log: { level: ${'x'.repeat(500)} }\nkafka: { stallMs: 0 }\nwndow: 1\n`,
  );
  assert.throws(
    () => loadConfig(three),
    (error: unknown) =>
      hasCode('CONFIG_INVALID', 'log.level', 'kafka.stallMs', 'wndow')(error) &&
      (error as Error).message.length < 600,
  );
  const many = await configFile(context, Array.from({ length: 30 }, (_, key) => `a${key}: 1\n`).join(''));
  assert.throws(() => loadConfig(many), hasCode('CONFIG_INVALID', 'and 10 more'));
});

test('loadConfig() lays the command line over the environment over the file over the defaults', async (context) => {
  const file = await configFile(context, 'window: { pointsMin: 5, pointsMax: 50, retentionDays: 9 }\n');
  const { window, registry } = loadConfig(
    file,
    { window: { pointsMax: 60 }, registry: { url: undefined } },
    { NIGHTJAR__WINDOW__POINTS_MAX: '55', NIGHTJAR__WINDOW__RETENTION_DAYS: '10' },
  );
  assert.deepEqual(
    [window.pointsMin, window.pointsMax, window.retentionDays, window.redeliveryPacketsMax, registry.url],
    [5, 60, 10, 512, null],
  );
});

test('traceConfig() knows where each value comes from', async (context) => {
  const file = await configFile(
    context,
    'log:\n  level: info\nkafka:\n  tls:\n    caFile: a.pem\n    serverName: b\nsources:\n- topics: [t]\n',
  );
  const { origins } = traceConfig(
    file,
    { model: { release: 'mine' }, registry: { url: undefined } },
    { NIGHTJAR__KAFKA__TLS__CA_FILE: 'c.pem', NIGHTJAR__KAFKA__TLS: '{ keyFile: k, certFile: c }' },
  );
  assert.deepEqual(origins.of(['log', 'level']), { kind: 'file', line: 2 });
  assert.deepEqual(origins.of(['kafka', 'tls', 'serverName']), { kind: 'file', line: 6 });
  assert.deepEqual(origins.of(['sources', 0, 'start']), { kind: 'file', line: 8 });
  assert.deepEqual(origins.of(['model', 'release']), { kind: 'option' });
  assert.deepEqual(origins.of(['registry', 'url']), { kind: 'default' });
  const variable = (name: string) => ({ kind: 'environment', variable: name });
  assert.deepEqual(origins.of(['kafka', 'tls', 'caFile']), variable('NIGHTJAR__KAFKA__TLS__CA_FILE'));
  assert.deepEqual(origins.of(['kafka', 'tls', 'keyFile']), variable('NIGHTJAR__KAFKA__TLS'));
});

test('loadConfig() gives a frozen value', () => {
  assert.ok(Object.isFrozen(loadConfig(null).window));
});

test('loadConfig() takes a registry over HTTP only, with a user that can be read', () => {
  for (const url of ['http://localhost:8081', 'https://me:s%40cret@registry.example/path'])
    assert.equal(loadConfig(null, { registry: { url } }).registry.url, url);
  for (const url of ['localhost:8081', 'ftp://registry.example', 'registry.example', 'http://50%@host'])
    assert.throws(
      () => loadConfig(null, { registry: { url } }),
      hasCode('CONFIG_INVALID', '"registry.url" (an option) must'),
      url,
    );
});

/** Ten levels of ten aliases each. */
function bomb(): string {
  const names = 'a b c d e f g h i j'.split(' ');
  const levels = names.map((name, index) => {
    const items = Array<string>(10).fill(index === 0 ? 'x' : `*${names[index - 1] ?? ''}`);
    return `${name}: &${name} [${items.join(', ')}]`;
  });
  return levels.join('\n');
}
