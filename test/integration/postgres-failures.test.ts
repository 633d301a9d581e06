import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ObjectStore } from '../../streams/index.ts';
import { hasCode } from '../helpers/has-code.ts';
import { alertOf } from '../streams/windows/alerts.ts';
import { spectrumOf } from '../streams/windows/spectra.ts';
import { storesFor } from './postgres-store-setup.ts';

/** A way to the server that is cut at the next COMMIT, before or after the server has done it. */
class CuttingProxy {
  /** When the next connection that commits is cut. */
  cut: 'before' | 'after' | null = null;
  cuts = 0;
  readonly #server = createServer((client) => {
    this.#relay(client);
  });
  readonly #sockets = new Set<Socket>();
  readonly #target: number;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    const server = connect(this.#target, '127.0.0.1');
    let isCutting = false;
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.cut !== null && bytes.includes('COMMIT\0')) {
        isCutting = true;
        this.cuts += 1;
        const when = this.cut;
        this.cut = null;
        if (when === 'before') {
          client.destroy();
          return;
        }
      }
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      // The server has done what it answers.
      if (isCutting) client.destroy();
      else client.write(bytes);
    });
  }
}

async function throughProxy(
  context: TestContext,
): Promise<{ readonly store: ObjectStore; readonly proxy: CuttingProxy } | null> {
  const stores = storesFor(context);
  if (stores === null) return null;
  const proxy = new CuttingProxy(stores.server.port);
  const port = await proxy.listen();
  context.after(() => {
    proxy.close();
  });
  const url = stores.server.url.replace(String(stores.server.port), String(port));
  return { store: await stores.open({ store: { url } }), proxy };
}

for (const cut of ['before', 'after'] as const) {
  const isKept = cut === 'after';
  test(`a connection lost ${cut} COMMIT was done leaves one outcome to who tries again`, async (context) => {
    const parts = await throughProxy(context);
    if (parts === null) return;
    const { store, proxy } = parts;
    await store.merge([alertOf({ mjd: 9, index: 9 })]);
    const alerts = [alertOf({ mjd: 10 }), alertOf({ mjd: 11, index: 1 })];
    proxy.cut = cut;
    await assert.rejects(store.merge(alerts), hasCode('STORE_UNREACHABLE', 'Cannot reach PostgreSQL'));
    const again = await store.merge(alerts);
    assert.deepEqual(
      again.map((outcome) => outcome.kind === 'merged' && [outcome.view.revision, outcome.isRedelivered]),
      [
        [2, isKept],
        [3, isKept],
      ],
    );
    proxy.cut = cut;
    const spectrum = spectrumOf({ objectId: 'ZTF18abcdefg' });
    await assert.rejects(store.putSpectrum(spectrum, null), hasCode('STORE_UNREACHABLE'));
    const { sequence, outcomes } = await store.putSpectrum(spectrum, null);
    assert.equal(sequence, 1);
    assert.deepEqual(
      outcomes.map(({ view, isRedelivered }) => [view.revision, isRedelivered]),
      [[4, isKept]],
    );
    assert.equal(proxy.cuts, 2);
  });
}

test('merges that a kill of the server broke off have the outcomes of one call when made again', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const [store, whole] = [await stores.open(), storesFor(context)];
  const batches = Array.from({ length: 60 }, (_, batch) =>
    Array.from({ length: 20 }, (_unused, i) =>
      alertOf({ objectId: `O${i}`, mjd: 10 + batch, index: batch * 20 + i }),
    ),
  );
  const merges = batches.map((batch) => store.merge(batch));
  const settled = Promise.allSettled(merges);
  await merges[3];
  await stores.server.kill();
  const results = await settled;
  await stores.server.start();
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  assert.ok(failures.length > 0);
  for (const failure of failures) assert.ok(hasCode('STORE_UNREACHABLE')(failure), String(failure));
  for (const [i, result] of results.entries()) {
    const again = await store.merge(batches[i] ?? []);
    if (result.status === 'rejected') continue;
    // What was given once is given again.
    assert.deepEqual(
      again,
      result.value.map((outcome) => ({ ...outcome, isRedelivered: true, pointsAdded: 0, pointsDropped: 0 })),
    );
  }
  const reference = await whole?.open();
  for (const batch of batches) await reference?.merge(batch);
  for (let i = 0; i < 20; i++) {
    const [view, expected] = [await store.object(`ztf/O${i}`), await reference?.object(`ztf/O${i}`)];
    assert.deepEqual(view?.lightCurve, expected?.lightCurve);
    assert.equal(view?.revision, 60);
  }
});

test('a store goes on after the server was restarted while nothing was asked of it', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const store = await stores.open();
  await store.merge([alertOf({ mjd: 10 })]);
  await stores.server.restart();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await store.merge([alertOf({ mjd: 11, index: 1 })]))[0]?.kind, 'merged');
});

test('a server that does not answer in time is out of reach, and answers later', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const store = await stores.open({ store: { timeoutMs: 300 } });
  await store.merge([alertOf({ mjd: 10 })]);
  const { schema } = stores;
  const holding = stores.sql(
    `BEGIN; LOCK TABLE ${schema}.objects IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT`,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  await assert.rejects(
    store.merge([alertOf({ mjd: 11, index: 1 })]),
    hasCode('STORE_UNREACHABLE', 'statement timeout'),
  );
  await holding;
  assert.equal((await store.merge([alertOf({ mjd: 11, index: 1 })]))[0]?.kind, 'merged');
});

test('what the server says of its disk and its rights has a code, and nothing of the batch is kept', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const store = await stores.open();
  await store.merge([alertOf({ mjd: 9, objectId: 'known', index: 9 })]);
  const { schema } = stores;
  const states = [
    ['53100', 'OUTPUT_NO_SPACE'],
    ['42501', 'STORE_FORBIDDEN'],
    ['XX001', 'STORE_UNREADABLE'],
    ['40001', 'STORE_UNREACHABLE'],
  ] as const;
  for (const [sqlState, code] of states) {
    await stores.sql(`
      CREATE OR REPLACE FUNCTION ${schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION E'no more\\nof this' USING ERRCODE = '${sqlState}';
      END $$;
      CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON ${schema}.objects_by_cell
        FOR EACH ROW EXECUTE FUNCTION ${schema}.fail()`);
    await assert.rejects(store.merge([alertOf({ mjd: 10 })]), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(hasCode(code, 'no more', '/nightjar"')(error), error.message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    assert.equal(await store.object('ztf/ZTF18abcdefg'), null);
  }
  await stores.sql(`DROP TRIGGER fail ON ${schema}.objects_by_cell`);
  assert.equal((await store.merge([alertOf({ mjd: 10 })]))[0]?.kind, 'merged');
});

test('a store that is closed is not used', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const store = await stores.open();
  await store.close();
  await store.close();
  await assert.rejects(store.merge([alertOf({ mjd: 10 })]), TypeError);
  await assert.rejects(store.object('ztf/X'), TypeError);
});

test('a reader writes nothing', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const writer = await stores.open();
  await writer.merge([alertOf({ mjd: 10 })]);
  const reader = await stores.openToRead();
  await assert.rejects(reader.merge([alertOf({ mjd: 11, index: 1 })]), TypeError);
  assert.equal((await reader.object('ztf/ZTF18abcdefg'))?.revision, 1);
});
