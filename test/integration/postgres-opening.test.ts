import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { hasCode } from '../helpers/has-code.ts';
import { startNightjar } from '../helpers/nightjar.ts';
import { alertOf } from '../streams/windows/alerts.ts';
import { WIDE, storesFor } from './postgres-store-setup.ts';

const ENDED_MS_MAX = 20_000;

/** As `hasCode`, and in one line without the password. */
function saysOnly(...args: Parameters<typeof hasCode>): (error: unknown) => boolean {
  const fits = hasCode(...args);
  return (error) => {
    assert.ok(error instanceof Error);
    assert.doesNotMatch(error.message, /\n|secret/);
    return fits(error);
  };
}

test('stores that open at once make one schema', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const opened = await Promise.all(Array.from({ length: 6 }, () => stores.open()));
  await Promise.all(opened.map((store, index) => store.merge([alertOf({ mjd: 10 + index, index })])));
  assert.equal((await opened[0]?.object('ztf/ZTF18abcdefg'))?.revision, 6);
});

test('a store with other limits is refused while one is open, and takes over when none is', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const limits = { ...WIDE, pointsMax: 2 };
  const first = await stores.open();
  const same = await stores.open();
  await first.merge([10, 11, 12].map((mjd, index) => alertOf({ mjd, index })));
  const refused = saysOnly('CONFIG_INVALID', 'another one has window.pointsMax 1000', 'current value is 2');
  await first.close();
  await assert.rejects(stores.open({ limits }), refused);
  await same.close();
  const others = await Promise.all([stores.open({ limits }), stores.open({ limits })]);
  const reader = await stores.openToRead();
  for (const store of [...others, reader]) {
    assert.equal((await store.object('ztf/ZTF18abcdefg'))?.lightCurve.points.length, 2);
  }
});

test('a store whose connections were lost while others changed the limits stops writing', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const cutOff = await stores.open();
  await cutOff.merge([alertOf({ mjd: 10 })]);
  await stores.sql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nightjar'`,
  );
  await stores.open({ limits: { ...WIDE, pointsMax: 2 } });
  await assert.rejects(
    cutOff.merge([alertOf({ mjd: 11, index: 1 })]),
    hasCode('CONFIG_INVALID', 'pointsMax 2'),
  );
});

test('what is no store, or one of another format, is refused', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const { schema } = stores;
  await assert.rejects(stores.openToRead(), saysOnly('INPUT_NOT_FOUND', schema));
  await stores.sql(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.objects (id int)`);
  await assert.rejects(stores.open(), saysOnly('STORE_UNREADABLE', 'tables of something else'));
  await assert.rejects(stores.openToRead(), saysOnly('STORE_UNREADABLE', 'lacks the table'));
  await stores.sql(`DROP TABLE ${schema}.objects`);
  await (await stores.open()).close();
  await stores.sql(`UPDATE ${schema}.about SET value = '9' WHERE key = 'format'`);
  const words = ['reads format 1: current value is 9'];
  await assert.rejects(stores.open(), saysOnly('STORE_UNREADABLE', ...words));
  await assert.rejects(stores.openToRead(), saysOnly('STORE_UNREADABLE', ...words));
});

test('an object whose bytes are damaged is named', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const store = await stores.open();
  await store.merge([alertOf({ mjd: 10 }), alertOf({ mjd: 10, objectId: 'other', index: 1 })]);
  await stores.sql(
    `UPDATE ${stores.schema}.objects SET value = set_byte(value, 20, 7) WHERE key = 'ztf/other'`,
  );
  await assert.rejects(store.object('ztf/other'), saysOnly('STORE_UNREADABLE', 'ztf/other'));
  assert.notEqual(await store.object('ztf/ZTF18abcdefg'), null);
});

test('the password is taken from the environment or a file, and a wrong one is one line', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const { url, password } = stores.server.withPassword;
  const folder = mkdtempSync(path.join(tmpdir(), 'nightjar-password-'));
  context.after(() => {
    rmSync(folder, { recursive: true });
  });
  const passwordFile = path.join(folder, 'password');
  writeFileSync(passwordFile, `${password}\n`);
  for (const given of [{ password }, { passwordFile }]) {
    await (await stores.open({ store: { url, ...given } })).close();
  }
  const place = `"127.0.0.1:${stores.server.port}/nightjar"`;
  await assert.rejects(
    stores.open({ store: { url, password: 'a wrong secret' } }),
    saysOnly('STORE_FORBIDDEN', place, 'password authentication failed for user "nightjar"'),
  );
  await assert.rejects(
    stores.open({ store: { url } }),
    saysOnly('STORE_FORBIDDEN', place, 'asks for a password, and none is given'),
  );
  const config = path.join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ store: { kind: 'postgres', url } }));
  const { child, ended } = startNightjar(['lightcurves', '--config', config]);
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDED_MS_MAX);
  const { status, err } = await ended;
  clearTimeout(timer);
  assert.equal(status, 1, 'it ends at once, and not when the server gives up waiting');
  assert.match(err, /^nightjar: STORE_FORBIDDEN: [^\n]*none is given\n$/);
});

test('a missing right, database or server is one line each', async (context) => {
  const stores = storesFor(context);
  if (stores === null) return;
  const { schema, server } = stores;
  await stores.sql(`CREATE ROLE guest_${schema} LOGIN`);
  const guest = server.url.replace('postgres@', `guest_${schema}@`);
  await assert.rejects(
    stores.open({ store: { url: guest } }),
    saysOnly('STORE_FORBIDDEN', 'permission denied for database nightjar'),
  );
  await (await stores.open()).close();
  await assert.rejects(
    stores.open({ store: { url: guest } }),
    saysOnly('STORE_FORBIDDEN', 'permission denied'),
  );
  await stores.sql(
    `GRANT USAGE ON SCHEMA ${schema} TO guest_${schema};
     GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO guest_${schema}`,
  );
  const store = await stores.open({ store: { url: guest } });
  assert.equal((await store.merge([alertOf({ mjd: 10 })]))[0]?.kind, 'merged');
  await assert.rejects(
    stores.open({ store: { url: server.url.replace('/nightjar', '/elsewhere') } }),
    saysOnly('CONFIG_INVALID', 'database "elsewhere" does not exist'),
  );
  await assert.rejects(
    stores.open({ store: { url: 'postgres://localhost:1/nightjar' } }),
    saysOnly('STORE_UNREACHABLE', '"localhost:1/nightjar"', 'ECONNREFUSED'),
  );
  await assert.rejects(
    stores.open({ store: { url: `${server.url}?sslmode=verify-full` } }),
    saysOnly('CONFIG_INVALID', 'does not support SSL'),
  );
});
