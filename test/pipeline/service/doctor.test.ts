import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Metrics, PipelineError, loadConfig, systemClock } from '../../../core/index.ts';
import type { Clock, ConfigInput } from '../../../core/index.ts';
import { diagnose, found } from '../../../pipeline/index.ts';
import type { Check, Finding } from '../../../pipeline/index.ts';
import { catalogueCheck } from '../../../pipeline/service/doctor/catalogue-check.ts';
import { clockFinding } from '../../../pipeline/service/doctor/clock-check.ts';
import { modelCheck } from '../../../pipeline/service/doctor/model-check.ts';
import { registryCheck } from '../../../pipeline/service/doctor/registry-check.ts';
import { storeCheck } from '../../../pipeline/service/doctor/store-check.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';

/** No time limit is ever reached. */
const PATIENT: Clock = {
  ...systemClock,
  sleep: (_, signal) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        reject(new Error('Aborted'));
      });
    }),
};

async function diagnosed(
  checks: readonly Check[],
  options: { readonly config?: ConfigInput; readonly clock?: Clock } = {},
): Promise<readonly Finding[]> {
  const { config = {}, clock = PATIENT } = options;
  const findings: Finding[] = [];
  const parts = { config: loadConfig(null, config), clock, metrics: new Metrics(), checks };
  for await (const finding of diagnose(parts)) findings.push(finding);
  return findings;
}

function lines(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ status, what, detail }) => `${status} ${what}: ${detail}`);
}

/** A server that answers each path as told. */
async function startServer(
  context: TestContext,
  answers: Readonly<Record<string, readonly [status: number, body: string]>>,
  date: Date | null = null,
): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = answers[request.url ?? ''] ?? [404, '{}'];
    if (date !== null) response.setHeader('date', date.toUTCString());
    response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('diagnose() gives findings in the order of the checks, and takes what a check throws for a failure', async () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const findings = await diagnosed([
    { what: 'slow', find: () => opened.then(() => [found.ok('slow', 'well')]) },
    {
      what: 'failing',
      find: () => {
        open();
        return Promise.reject(new PipelineError('STORE_UNREACHABLE', 'Cannot reach it'));
      },
    },
    { what: 'broken', find: () => Promise.reject(new Error('boom')) },
  ]);
  assert.deepEqual(lines(findings), [
    'ok slow: well',
    'fail failing: STORE_UNREACHABLE: Cannot reach it',
    'fail broken: boom',
  ]);
});

test('diagnose() gives a check up whose time is over, and tells it so', async () => {
  let signal: AbortSignal | null = null;
  const findings = await diagnosed(
    [
      {
        what: 'stuck',
        find: (context) => {
          signal = context.signal;
          return new Promise(() => undefined);
        },
      },
    ],
    { clock: new FakeClock() },
  );
  assert.deepEqual(lines(findings), ['fail stuck: no answer within 20000 ms']);
  assert.equal((signal as AbortSignal | null)?.aborted, true);
});

test('the registry is asked whether it answers, and for Avro whether it takes schemas', async (context) => {
  const url = await startServer(context, {
    '/a/subjects': [200, '["x","y"]'],
    '/a/mode': [200, '{"mode":"READWRITE"}'],
  });
  const registry = { url: `${url.replace('//', '//me:hunter2@')}/a/` };
  assert.deepEqual(lines(await diagnosed([registryCheck], { config: { registry } })).slice(0, 1), [
    `ok registry ${url.replace('//', '//me:***@')}/a/: answers, 2 subjects`,
  ]);
  const avro = lines(await diagnosed([registryCheck], { config: { registry, outputs: { format: 'avro' } } }));
  assert.match(avro[1] ?? '', /^ok .*takes new schemas, mode READWRITE$/);
  assert.ok(!avro.join().includes('hunter2'));
});

test('a registry that refuses, redirects, is read only, is none or is silent is named as such', async (context) => {
  const cases = [
    [{ '/subjects': [401, ''] }, /^fail .*refuses the login: it answered 401$/],
    [{ '/subjects': [302, ''] }, /^fail .*sends elsewhere/],
    [{ '/subjects': [500, ''] }, /^fail .*it answered 500$/],
    [{ '/subjects': [200, '<html>'] }, /^fail .*none of a schema registry$/],
    [
      { '/subjects': [200, '[]'], '/mode': [200, '{"mode":"READONLY"}'] },
      /ok .*fail .*its mode is READONLY$/,
    ],
    [{ '/subjects': [200, '[]'] }, /ok .*warn .*does not say whether it takes new schemas$/],
  ] as const;
  for (const [answers, expected] of cases) {
    const registry = { url: await startServer(context, answers) };
    const findings = await diagnosed([registryCheck], { config: { registry, outputs: { format: 'avro' } } });
    const text = lines(findings.filter(({ what }) => !what.startsWith('clock'))).join(' ');
    assert.match(text, expected);
  }
  const [silent] = await diagnosed([registryCheck], { config: { registry: { url: 'http://127.0.0.1:9' } } });
  assert.equal(silent?.status, 'fail');
  assert.match(silent.detail, /^does not answer: /);
  const [none] = await diagnosed([registryCheck]);
  assert.equal(none?.status, 'warn');
});

test('the clock is held against the registry’s: more than a second is a warning, more than a minute a failure', async (context) => {
  const nowMs = systemClock.nowMs();
  for (const [offsetMs, status] of [
    [0, 'ok'],
    [-30_000, 'warn'],
    [600_000, 'fail'],
  ] as const) {
    const url = await startServer(context, { '/subjects': [200, '[]'] }, new Date(nowMs + offsetMs));
    const findings = await diagnosed([registryCheck], { config: { registry: { url } } });
    assert.equal(
      findings.find(({ what }) => what === 'clock, by registry')?.status,
      status,
      String(offsetMs),
    );
  }
});

test('clockFinding() takes no difference for certain that the measurement cannot tell', () => {
  const at = (skewMs: number, skewErrMs: number) => clockFinding({ with: 'x', skewMs, skewErrMs }).status;
  assert.deepEqual(
    [at(1400, 500), at(1600, 500), at(-1600, 500), at(60_400, 500), at(60_600, 500)],
    ['ok', 'warn', 'warn', 'warn', 'fail'],
  );
  assert.match(clockFinding({ with: 'x', skewMs: 5000, skewErrMs: 100 }).detail, /^5\.0 s behind/);
});

test('the embedded store need not be there, but its folder must be writable and hold nothing else', async (context) => {
  const folder = await temporaryFolder(context);
  const store = (name: string): ConfigInput => ({ store: { folder: `${folder}/${name}` } });
  assert.deepEqual(lines(await diagnosed([storeCheck], { config: store('a/b') })), [
    `ok store ${folder}/a/b: LMDB, is made at the start`,
  ]);
  writeFileSync(path.join(folder, 'file'), '');
  const cases = [
    ['', /^fail store: OUTPUT_UNUSABLE: .*holds other files: current value is "file"$/],
    ['file', /^fail store: OUTPUT_UNUSABLE: /],
    ['file/below', /^fail store: OUTPUT_UNUSABLE: /],
  ] as const;
  for (const [name, expected] of cases)
    assert.match(lines(await diagnosed([storeCheck], { config: store(name) })).join(), expected);
  assert.deepEqual(readdirSync(folder), ['file'], 'nothing was made');
});

test('the release is opened and embeds one object; another is refused, and a detector that it does not have', async () => {
  const well = lines(await diagnosed([modelCheck]));
  assert.match(well[0] ?? '', /^ok release: "default" opens, profile alerts$/);
  assert.match(well[1] ?? '', /^ok device cpu: embeds one object in \d+ ms, 1 worker$/);
  const auto = lines(await diagnosed([modelCheck], { config: { model: { device: 'auto' } } }));
  assert.match(auto[1] ?? '', /^ok device \w+: embeds one object in \d+ ms, 1 worker; chosen as CUDA /);
  const detector = lines(await diagnosed([modelCheck], { config: { candidates: { detector: 'crystal' } } }));
  assert.match(
    detector.join('\n'),
    /^fail candidates: candidates\.detector "crystal" is none of the release's: knn/m,
  );
  const none = lines(await diagnosed([modelCheck], { config: { model: { release: 'none' } } }));
  assert.match(none.join(), /^fail release: RELEASE_NOT_FOUND: /);
});

test('the catalogue must be readable where one is configured', async () => {
  assert.deepEqual(await diagnosed([catalogueCheck]), []);
  const config = { join: { catalogueFile: '/none.csv' } };
  assert.deepEqual(lines(await diagnosed([catalogueCheck], { config })), [
    'fail catalogue: INPUT_UNREADABLE: Cannot read join.catalogueFile "/none.csv": ENOENT',
  ]);
});
