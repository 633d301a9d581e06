import type { Metrics } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import { FetchedPages, FetchedTables } from './fetched-tables.ts';
import type { ObjectStore } from './object-store.ts';
import { postgresAddress } from './postgres-address.ts';
import type { PostgresSettings } from './postgres-address.ts';
import { StoreLocks } from './postgres-locks.ts';
import { PostgresPool } from './postgres-pool.ts';
import type { Session } from './postgres-pool.ts';
import { prepareSchema, requireSchema } from './postgres-schema.ts';
import { fetchWanted, flushWrites } from './postgres-tables.ts';
import { PostgresTransactions } from './postgres-transactions.ts';
import { NO_JOINS, NO_LIMITS, isSameLimits, limitsSchema, otherLimits } from './store-limits.ts';
import type { JoinRules } from './store-work.ts';
import { TableStore } from './table-store.ts';
import type { ObjectLimits } from './visible-points.ts';

export type PostgresStoreOptions =
  | {
      readonly mode: 'write';
      readonly settings: PostgresSettings;
      readonly window: ObjectLimits;
      readonly join: JoinRules;
      readonly metrics?: Metrics;
    }
  | { readonly mode: 'read'; readonly settings: PostgresSettings };

/**
 * The shared store: tables in one schema of a PostgreSQL database, written by any number of instances.
 *
 * To write, schema and tables are made if need be. All who write have the same limits: an instance with others is
 * refused while any with the old ones is connected, and changes them for all when there is none. To read, nothing
 * is changed, and the writers' limits hold.
 *
 * @throws PipelineError CONFIG_INVALID, STORE_UNREACHABLE, STORE_FORBIDDEN, STORE_UNREADABLE, OUTPUT_NO_SPACE or
 *   INPUT_NOT_FOUND
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<ObjectStore> {
  const { settings, mode } = options;
  const { schema, connectionsMax, timeoutMs } = settings;
  const locks = new StoreLocks(schema);
  let isOpen = false;
  const pool = new PostgresPool({
    address: postgresAddress(settings),
    connectionsMax,
    timeoutMs,
    prepare: async (session) => {
      if (mode === 'read') return;
      await session.query(COMMITS_REACH_THE_DISK);
      if (isOpen) await joinWriters(session, locks);
    },
  });
  try {
    const store =
      options.mode === 'read'
        ? await openToRead(pool, schema, locks)
        : await openToWrite(pool, locks, options);
    isOpen = true;
    return store;
  } catch (error) {
    await pool.close();
    throw error;
  }
}

/** What a server that does not wait for its disk would lose when it stops, the offsets would have counted on. */
const COMMITS_REACH_THE_DISK = `SELECT set_config('synchronous_commit', 'on', false)
   WHERE current_setting('synchronous_commit') = 'off'`;

async function openToRead(pool: PostgresPool, schema: string, locks: StoreLocks): Promise<ObjectStore> {
  const limits = await pool.transaction('read', async (session) => {
    await requireSchema(session, schema);
    return readAbout(await aboutLimits(session, schema), 'limits', limitsSchema);
  });
  const rules = { ...NO_JOINS, limits: limits ?? NO_LIMITS };
  return new TableStore(
    new PostgresTransactions({ mode: 'read', pool, schema, locks, limits: rules.limits, metrics: null }),
    rules,
  );
}

async function openToWrite(
  pool: PostgresPool,
  locks: StoreLocks,
  options: Extract<PostgresStoreOptions, { mode: 'write' }>,
): Promise<ObjectStore> {
  const { window, join, metrics = null } = options;
  const { schema } = options.settings;
  const limits = limitsSchema.parse(window);
  await pool.transaction('write', async (session) => {
    // One at a time: two that begin at once would both make the tables, and both see no writer.
    await session.query('SELECT pg_advisory_xact_lock($1::bigint)', [locks.opening]);
    await prepareSchema(session, schema);
    await agreeOnLimits(session, { schema, locks, limits });
    await joinWriters(session, locks);
  });
  return new TableStore(new PostgresTransactions({ mode: 'write', pool, schema, locks, limits, metrics }), {
    ...join,
    limits,
  });
}

/** Writes the limits, unless an instance that is connected has others. */
async function agreeOnLimits(
  session: Session,
  own: { readonly schema: string; readonly locks: StoreLocks; readonly limits: ObjectLimits },
): Promise<void> {
  const { schema, locks, limits } = own;
  const tables = await aboutLimits(session, schema);
  const found = readAbout(tables, 'limits', limitsSchema);
  if (found !== null && isSameLimits(found, limits)) return;
  const [row] = await session.query('SELECT pg_try_advisory_xact_lock($1::bigint)', [locks.writers]);
  if (row?.[0] !== 't') throw otherLimits(found, limits);
  writeAbout(tables, 'limits', limits);
  await flushWrites(session, schema, tables.writes);
}

function joinWriters(session: Session, locks: StoreLocks): Promise<unknown> {
  return session.query('SELECT pg_advisory_lock_shared($1::bigint)', [locks.writers]);
}

/** The tables as far as the limits in them can be read. */
async function aboutLimits(session: Session, schema: string): Promise<FetchedTables> {
  const pages = new FetchedPages();
  const wanted = { keys: new Map([['about', [Buffer.from('limits')]] as const]), ranges: new Map() };
  await fetchWanted(session, { schema, wanted }, pages);
  return new FetchedTables(pages);
}
