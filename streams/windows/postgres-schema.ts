import { PipelineError } from '../../core/index.ts';
import type { Session } from './postgres-pool.ts';
import { sqlName } from './postgres-tables.ts';
import { TABLE_NAMES } from './tables.ts';
import type { TableName } from './tables.ts';

/** Version of the tables' layout; a change that older programs cannot read takes the next number. */
const FORMAT = '1';
const FORMAT_KEY = Buffer.from('format');

/** Makes the schema and those of its tables that are missing. The caller holds the lock for opening. */
export async function prepareSchema(session: Session, schema: string): Promise<void> {
  const missing = await missingTables(session, schema);
  const isNew = missing.length === TABLE_NAMES.length;
  if (!isNew) await requireFormat(session, schema);
  if (missing.length === 0) return;
  // Asked for by name only where it is not there: whoever may not create schemas may be given one.
  const [row] = await session.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (row === undefined) await session.query(`CREATE SCHEMA "${schema}"`);
  for (const table of missing) {
    await session.query(
      `CREATE TABLE ${sqlName(schema, table)} (key bytea PRIMARY KEY, value bytea NOT NULL)`,
    );
  }
  if (isNew) {
    await session.query(`INSERT INTO ${sqlName(schema, 'about')} (key, value) VALUES ($1, $2)`, [
      FORMAT_KEY,
      Buffer.from(FORMAT),
    ]);
  }
}

/** @throws PipelineError INPUT_NOT_FOUND or STORE_UNREADABLE if there is no store that this program can read */
export async function requireSchema(session: Session, schema: string): Promise<void> {
  const missing = await missingTables(session, schema);
  if (missing.length === TABLE_NAMES.length) {
    throw new PipelineError(
      'INPUT_NOT_FOUND',
      `Cannot find a store in the schema "${schema}": none of its tables is there`,
    );
  }
  // Stores that older programs wrote lack `periods`, which readers do without.
  const needed = missing.filter((table) => table !== 'periods');
  if (needed.length > 0) throw notAStore(schema, `it lacks the table of "${needed[0]}"`);
  await requireFormat(session, schema);
}

/** The tables of a store that a schema lacks. */
export async function missingTables(session: Session, schema: string): Promise<readonly TableName[]> {
  const names = TABLE_NAMES.map((table) => sqlName(schema, table));
  const rows = await session.query('SELECT to_regclass(name) FROM unnest($1::text[]) AS name', [names]);
  return TABLE_NAMES.filter((_, i) => rows[i]?.[0] === null);
}

async function requireFormat(session: Session, schema: string): Promise<void> {
  if ((await missingTables(session, schema)).includes('about')) {
    throw notAStore(schema, 'it holds tables of something else');
  }
  const [row] = await session.query(`SELECT value FROM ${sqlName(schema, 'about')} WHERE key = $1`, [
    FORMAT_KEY,
  ]);
  const found = row?.[0]?.toString() ?? 'none';
  if (found !== FORMAT)
    throw notAStore(schema, `this program reads format ${FORMAT}: current value is ${found}`);
}

function notAStore(schema: string, why: string): PipelineError {
  return new PipelineError('STORE_UNREADABLE', `Cannot use the schema "${schema}" as a store as ${why}`);
}
