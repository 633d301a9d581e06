import type { Config } from '../../../core/index.ts';
import { hasStoreToWrite, openLmdbStore, probePostgres } from '../../../streams/index.ts';
import type { Check, CheckContext } from './check.ts';
import { clockFinding } from './clock-check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';

/** Whether the store opens and could be written; nothing is, so that the service may be at work meanwhile. */
export const storeCheck: Check = { what: 'store', find: findStore };

async function findStore({ config, clock }: CheckContext): Promise<readonly Finding[]> {
  const { store } = config;
  if (store.kind === 'lmdb') return [await lmdbFinding(store)];
  const probe = await probePostgres(store, clock);
  const what = `store ${probe.place}`;
  const version = `PostgreSQL ${probe.version}`;
  const state = probe.hasStore
    ? `schema "${store.schema}" holds a store`
    : `schema "${store.schema}" is made at the start`;
  return [
    probe.lacking === null
      ? found.ok(what, `${version}, ${state}`)
      : found.fail(what, `${version}, ${probe.lacking}`, 'grant it, or name another user, schema or server'),
    clockFinding({ with: 'PostgreSQL', skewMs: probe.skewMs, skewErrMs: probe.skewErrMs }),
  ];
}

async function lmdbFinding({ folder }: Config['store']): Promise<Finding> {
  const what = `store ${folder}`;
  if (!hasStoreToWrite(folder)) return found.ok(what, 'LMDB, is made at the start');
  const store = await openLmdbStore({ mode: 'read', folder });
  await store.close();
  return found.ok(what, 'LMDB, opens');
}
