import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { PipelineError, loadConfig } from '../../../core/index.ts';
import type { ConfigInput } from '../../../core/index.ts';
import { openSchemaRegistry } from '../../../streams/index.ts';
import type { SchemaSource } from '../../../streams/index.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

type Routes = Readonly<Record<string, { readonly status?: number; readonly body?: unknown } | 'down'>>;

/** Answers `fetch` from a table of paths; gives the requests that were made. */
function serve(
  context: TestContext,
  routes: Routes,
): { readonly requests: string[]; readonly headers: Headers[] } {
  const requests: string[] = [];
  const headers: Headers[] = [];
  context.mock.method(globalThis, 'fetch', (url: string, init: RequestInit) => {
    const resource = new URL(url).pathname;
    requests.push(resource);
    headers.push(new Headers(init.headers));
    const route = routes[resource] ?? { status: 404, body: { error_code: 40403 } };
    if (route === 'down') {
      const cause = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
      return Promise.reject(new TypeError('fetch failed', { cause }));
    }
    const text = typeof route.body === 'string' ? route.body : JSON.stringify(route.body);
    return Promise.resolve(new Response(text, { status: route.status ?? 200 }));
  });
  return { requests, headers };
}

function folder(context: TestContext): string {
  const made = mkdtempSync(path.join(tmpdir(), 'nightjar-schemas-'));
  context.after(() => {
    rmSync(made, { recursive: true });
  });
  return made;
}

async function open(
  registry: NonNullable<ConfigInput['registry']>,
  options: { readonly schemasDir?: string; readonly clock?: FakeClock } = {},
): Promise<SchemaSource> {
  const config = loadConfig(null, { registry: { cacheDir: null, ...registry } });
  const { schemasDir = null, clock = new FakeClock() } = options;
  return openSchemaRegistry({ registry: config.registry, schemasDir, clock });
}

const URL_TEXT = 'http://schemas.test:8081';
const ALERT = { type: 'record', name: 'alert', namespace: 'a', fields: [{ name: 'id', type: 'long' }] };

async function outcome(source: SchemaSource, wireId: number): Promise<string> {
  const result = await source.schema(wireId);
  return result.ok
    ? JSON.stringify(result.value.root)
    : `${result.rejection.code} ${result.rejection.reason}`;
}

test('openSchemaRegistry() fetches a schema once, and remembers it', async (context) => {
  const { requests } = serve(context, { '/schemas/ids/7': { body: { schema: JSON.stringify(ALERT) } } });
  const source = await open({ url: URL_TEXT });
  const first = await source.schema(7);
  const [second, third] = await Promise.all([source.schema(7), source.schema(7)]);
  assert.ok(first.ok && second.ok && third.ok);
  assert.equal(first.value, second.value);
  assert.deepEqual(first.value.root, ALERT);
  assert.deepEqual(requests, ['/schemas/ids/7']);
});

test('openSchemaRegistry() resolves references, and references of them', async (context) => {
  const reference = (name: string): unknown => ({ name, subject: `${name}-value`, version: 2 });
  serve(context, {
    '/schemas/ids/7': { body: { schema: '"a.top"', references: [reference('a.top')] } },
    '/subjects/a.top-value/versions/2': { body: { schema: '{"x":1}', references: [reference('a.inner')] } },
    '/subjects/a.inner-value/versions/2': { body: { schema: JSON.stringify(ALERT) } },
  });
  const result = await (await open({ url: URL_TEXT })).schema(7);
  assert.ok(result.ok);
  assert.deepEqual([...result.value.named.keys()], ['a.top', 'a.inner']);
});

test('openSchemaRegistry() keeps fetched schemas on disk, so that a registry that is down stops none', async (context) => {
  const cacheDir = folder(context);
  const routes: Record<string, Routes[string]> = {
    '/schemas/ids/7': { body: { schema: JSON.stringify(ALERT) } },
  };
  const { requests } = serve(context, routes);
  await outcome(await open({ url: URL_TEXT, cacheDir }), 7);
  routes['/schemas/ids/7'] = 'down';
  assert.equal(await outcome(await open({ url: URL_TEXT, cacheDir }), 7), JSON.stringify(ALERT));
  assert.deepEqual(requests, ['/schemas/ids/7']);
  // Another registry has other schemas by the same ids, and a damaged file is none.
  assert.match(await outcome(await open({ url: 'http://other.test', cacheDir }), 7), /ECONNREFUSED/);
  const [own] = readdirSync(cacheDir);
  writeFileSync(path.join(cacheDir, own ?? '', '7.json'), '{"schema": ');
  assert.match(await outcome(await open({ url: URL_TEXT, cacheDir }), 7), /ECONNREFUSED/);
});

test('openSchemaRegistry() asks a dead registry, and for an unknown id, again only after a while', async (context) => {
  const routes: Record<string, Routes[string]> = { '/schemas/ids/7': 'down', '/schemas/ids/9': 'down' };
  const { requests } = serve(context, routes);
  const clock = new FakeClock();
  const source = await open({ url: URL_TEXT, retryMs: 1000 }, { clock });
  assert.match(
    await outcome(source, 7),
    /^REGISTRY_UNREACHABLE .* by its id 7: registry "http.*": ECONNREFUSED/,
  );
  await outcome(source, 7);
  await outcome(source, 9);
  assert.equal(requests.length, 1);
  routes['/schemas/ids/9'] = { body: { schema: JSON.stringify(ALERT) } };
  clock.advance(1001);
  assert.equal(await outcome(source, 9), JSON.stringify(ALERT));
  assert.match(await outcome(source, 8), /^SCHEMA_ID_UNKNOWN .*it answered 404/);
  await outcome(source, 8);
  assert.deepEqual(requests.slice(1), ['/schemas/ids/9', '/schemas/ids/8']);
});

test('openSchemaRegistry() takes no answer for a schema that is none', async (context) => {
  serve(context, {
    '/schemas/ids/1': { body: '<html>a proxy</html>' },
    '/schemas/ids/2': { body: { schema: 'syntax = "proto3"', schemaType: 'PROTOBUF' } },
    '/schemas/ids/3': { body: { schema: '{"type": ' } },
    '/schemas/ids/4': { status: 500, body: {} },
    '/schemas/ids/5': {
      body: {
        schema: '"int"',
        references: Array.from({ length: 200_000 }, () => ({ name: '', subject: '', version: 1 })),
      },
    },
  });
  const wanted = [
    /none of a schema registry/,
    /type PROTOBUF/,
    /^SCHEMA_INVALID .* as JSON/,
    /it answered 500/,
    /none of a schema registry/,
  ];
  for (const [i, why] of wanted.entries())
    assert.match(await outcome(await open({ url: URL_TEXT }), i + 1), why);
});

test('openSchemaRegistry() sends credentials of the URL as a header, and names them nowhere', async (context) => {
  const { headers } = serve(context, {});
  const said = await outcome(await open({ url: 'http://me:s%40cret@schemas.test' }), 7);
  assert.equal(headers[0]?.get('authorization'), `Basic ${Buffer.from('me:s@cret').toString('base64')}`);
  assert.doesNotMatch(said, /cret/);
});

test('openSchemaRegistry() reads a folder of versions and of ids, and says where it looked', async (context) => {
  const schemasDir = folder(context);
  const point = {
    type: 'record',
    name: 'point',
    namespace: 'lsst.v9_1',
    fields: [{ name: 'x', type: 'float' }],
  };
  const alert = {
    type: 'record',
    name: 'alert',
    namespace: 'lsst.v9_1',
    fields: [{ name: 'p', type: 'lsst.v9_1.point' }],
  };
  for (const version of ['9.1', '1.0']) {
    mkdirSync(path.join(schemasDir, version));
    writeFileSync(path.join(schemasDir, version, 'lsst.v9_1.point.avsc'), JSON.stringify(point));
    writeFileSync(path.join(schemasDir, version, 'lsst.v9_1.alert.avsc'), JSON.stringify(alert));
    writeFileSync(path.join(schemasDir, version, 'zz.alert.avsc'), '{}');
  }
  writeFileSync(path.join(schemasDir, '12345.avsc'), JSON.stringify(ALERT));
  writeFileSync(path.join(schemasDir, '6.avsc'), '{');
  mkdirSync(path.join(schemasDir, '8.avsc'));
  const source = await open({}, { schemasDir });
  assert.equal(await outcome(source, 901), JSON.stringify(alert));
  const found = await source.schema(901);
  assert.ok(found.ok && found.value.named.has('lsst.v9_1.point'));
  assert.equal(await outcome(source, 12345), JSON.stringify(ALERT));
  assert.match(await outcome(source, 6), /^SCHEMA_INVALID/);
  assert.match(
    await outcome(source, 8),
    /^SCHEMA_INVALID .*8\.avsc" as a schema: Cannot read the file: EISDIR/,
  );
  // Version 1.0 does not make schema 100 known: that id is another survey's.
  assert.match(await outcome(source, 100), /^SCHEMA_ID_UNKNOWN .*folder ".*" has none with it/);
  assert.match(await outcome(await open({}), 901), /no registry and no folder of schemas is given/);
});

test('openSchemaRegistry() looks in the folder where the registry is down', async (context) => {
  serve(context, { '/schemas/ids/12345': 'down' });
  const schemasDir = folder(context);
  writeFileSync(path.join(schemasDir, '12345.avsc'), JSON.stringify(ALERT));
  assert.equal(await outcome(await open({ url: URL_TEXT }, { schemasDir }), 12345), JSON.stringify(ALERT));
});

test('openSchemaRegistry() throws for a folder that is not there', async () => {
  await assert.rejects(
    open({}, { schemasDir: '/no/such/folder' }),
    (error) =>
      error instanceof PipelineError &&
      error.code === 'INPUT_NOT_FOUND' &&
      error.message.includes('/no/such'),
  );
});
