import type { Clock } from '../../core/index.ts';
import { postgresAddress } from './postgres-address.ts';
import type { PostgresSettings } from './postgres-address.ts';
import { PostgresPool } from './postgres-pool.ts';
import type { Session } from './postgres-pool.ts';
import { missingTables, requireSchema } from './postgres-schema.ts';
import { sqlName } from './postgres-tables.ts';
import { TABLE_NAMES } from './tables.ts';

/** What a database says of itself and of the store in it. */
export interface PostgresProbe {
  /** Host and database. */
  readonly place: string;
  /** As the server tells it: `15.14 (Debian 15.14-0+deb12u1)`. */
  readonly version: string;
  /** False where the tables are made at the first opening to write. */
  readonly hasStore: boolean;
  /** What the user may not do that a writer must, one phrase; `null` if nothing is lacking. */
  readonly lacking: string | null;
  /** The server's clock less ours. */
  readonly skewMs: number;
  /** How far `skewMs` may be from the truth. */
  readonly skewErrMs: number;
}

/**
 * Looks at a database with one connection, and changes nothing.
 *
 * @throws PipelineError CONFIG_INVALID, STORE_UNREACHABLE, STORE_FORBIDDEN or STORE_UNREADABLE
 */
export async function probePostgres(settings: PostgresSettings, clock: Clock): Promise<PostgresProbe> {
  const { schema, timeoutMs } = settings;
  const address = postgresAddress(settings);
  const pool = new PostgresPool({
    address,
    connectionsMax: 1,
    timeoutMs,
    prepare: () => Promise.resolve(),
  });
  try {
    return await pool.transaction('read', async (session) => {
      const version = await textOf(session, "SELECT current_setting('server_version')");
      const beganMs = clock.nowMs();
      const theirMs = Number(await textOf(session, 'SELECT extract(epoch FROM clock_timestamp()) * 1000'));
      const tookMs = clock.nowMs() - beganMs;
      const hasStore = (await missingTables(session, schema)).length < TABLE_NAMES.length;
      if (hasStore) await requireSchema(session, schema);
      return {
        place: address.place,
        version,
        hasStore,
        lacking: await lackingRight(session, schema, hasStore),
        skewMs: theirMs - (beganMs + tookMs / 2),
        skewErrMs: 1 + tookMs / 2,
      };
    });
  } finally {
    await pool.close();
  }
}

async function lackingRight(session: Session, schema: string, hasStore: boolean): Promise<string | null> {
  if ((await textOf(session, 'SELECT pg_is_in_recovery()')) === 't')
    return 'the server is a standby, which only reads';
  if (!hasStore) {
    const isThere = (await textOf(session, 'SELECT to_regnamespace($1) IS NOT NULL', schema)) === 't';
    const right = isThere
      ? await textOf(session, "SELECT has_schema_privilege($1, 'CREATE')", schema)
      : await textOf(session, "SELECT has_database_privilege(current_database(), 'CREATE')");
    return right === 't'
      ? null
      : `the user may not make ${isThere ? 'tables in' : ''} the schema "${schema}"`;
  }
  // Tables that are missing are those that older programs did not have, which are made when the store is opened.
  const missing = await missingTables(session, schema);
  const present = TABLE_NAMES.filter((table) => !missing.includes(table));
  const rows = await session.query(
    `SELECT name FROM unnest($1::text[]) AS name
       WHERE NOT (has_table_privilege(name, 'SELECT') AND has_table_privilege(name, 'INSERT')
         AND has_table_privilege(name, 'UPDATE') AND has_table_privilege(name, 'DELETE'))`,
    [present.map((table) => sqlName(schema, table))],
  );
  return rows.length === 0 ? null : `the user may not write ${String(rows[0]?.[0])}`;
}

async function textOf(session: Session, query: string, ...values: readonly string[]): Promise<string> {
  const [row] = await session.query(query, values);
  return String(row?.[0]);
}
