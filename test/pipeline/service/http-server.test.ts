import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Metrics } from '../../../core/index.ts';
import { createServiceHttp, serveMetrics } from '../../../pipeline/index.ts';
import { hasCode } from '../../helpers/has-code.ts';

const ADDRESS = { host: '127.0.0.1', port: 0 };

async function started(
  context: TestContext,
  state: { health: readonly string[]; ready: readonly string[] } = { health: [], ready: [] },
): Promise<string> {
  const server = await createServiceHttp({
    metrics: new Metrics(),
    health: () => ({ reasons: state.health }),
    ready: () => ({ reasons: state.ready }),
    address: ADDRESS,
  });
  context.after(() => server.close());
  return server.url;
}

test('/ready answers 503 with its reasons as JSON, and 200 as soon as there are none', async (context) => {
  const state = { health: [], ready: ['The group is not joined yet'] };
  const url = await started(context, state);
  const before = await fetch(`${url}/ready`);
  assert.deepEqual(
    [before.status, await before.json()],
    [503, { status: 'not ready', reasons: ['The group is not joined yet'] }],
  );
  state.ready = [];
  const after = await fetch(`${url}/ready?verbose=1`);
  assert.deepEqual([after.status, await after.json()], [200, { status: 'ready', reasons: [] }]);
  assert.equal((await fetch(`${url}/health`)).status, 200);
});

test('/health answers 503 once the group has failed', async (context) => {
  const url = await started(context, { health: ['TOPIC_FORBIDDEN'], ready: [] });
  const answer = await fetch(`${url}/health`);
  assert.deepEqual(
    [answer.status, await answer.json()],
    [503, { status: 'not healthy', reasons: ['TOPIC_FORBIDDEN'] }],
  );
});

test('/metrics is what Prometheus reads, for the service and for a replay', async (context) => {
  const url = await started(context);
  const replay = await serveMetrics(new Metrics(), ADDRESS);
  context.after(() => replay.close());
  for (const page of [`${url}/metrics`, replay.url]) {
    const answer = await fetch(page);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    assert.match(await answer.text(), /^# TYPE nightjar_pipeline_packets_total counter$/m);
  }
});

test('only the pages that are there are answered, and only for reading', async (context) => {
  const url = await started(context);
  const head = await fetch(`${url}/ready`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  for (const path of ['/', '/metrics/', '/../etc/passwd', '/constructor'])
    assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  const posted = await fetch(`${url}/ready`, { method: 'POST', body: 'x' });
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
});

test('a page that fails answers 500 and keeps the reason to itself', async (context) => {
  const server = await createServiceHttp({
    metrics: new Metrics(),
    health: () => {
      throw new Error('hunter2');
    },
    ready: () => ({ reasons: [] }),
    address: ADDRESS,
  });
  context.after(() => server.close());
  const answer = await fetch(`${server.url}/health`);
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /hunter2/);
});

test('an address in use is refused in one line, and close() ends connections that idle', async () => {
  const server = await serveMetrics(new Metrics(), ADDRESS);
  const port = Number(new URL(server.url).port);
  await assert.rejects(
    serveMetrics(new Metrics(), { host: '127.0.0.1', port }),
    hasCode('CONFIG_INVALID', '/metrics', `127.0.0.1:${port}`, 'EADDRINUSE'),
  );
  const idle = connect(port, '127.0.0.1');
  idle.on('error', () => undefined);
  await once(idle, 'connect');
  const closed = once(idle, 'close');
  await server.close();
  await closed;
});

test('createServiceHttp() serves on IPv6 too, and says so as a URL', async (context) => {
  const server = await createServiceHttp({
    metrics: new Metrics(),
    health: () => ({ reasons: [] }),
    ready: () => ({ reasons: [] }),
    address: { host: '::1', port: 0 },
  });
  context.after(() => server.close());
  assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
  assert.equal((await fetch(`${server.url}/ready`)).status, 200);
});
