import { byteaArray } from './bytea-array.ts';
import type { FetchedPages, Wanted, Writes } from './fetched-tables.ts';
import type { Row, Session } from './postgres-pool.ts';
import type { Entry, KeyRange, TableName } from './tables.ts';

/** `objectsByCell` is the table `"schema"."objects_by_cell"`. */
export function sqlName(schema: string, table: TableName): string {
  return `"${schema}"."${table.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}"`;
}

/** Fetches what is wanted: one statement for the keys of each table, one or two for its ranges. */
export async function fetchWanted(
  session: Session,
  from: { readonly schema: string; readonly wanted: Wanted },
  pages: FetchedPages,
): Promise<void> {
  const { schema, wanted } = from;
  for (const [table, keys] of wanted.keys) {
    for (const key of keys) pages.putValue(table, key, null);
    const rows = await session.query(
      `SELECT key, value FROM ${sqlName(schema, table)} WHERE key = ANY ($1::bytea[])`,
      [byteaArray(keys)],
    );
    for (const row of rows) {
      const { key, value } = entryOf(row);
      pages.putValue(table, key, value);
    }
  }
  for (const [table, ranges] of wanted.ranges) {
    await fetchRanges(session, { name: sqlName(schema, table), table, ranges }, pages);
  }
}

async function fetchRanges(
  session: Session,
  from: { readonly name: string; readonly table: TableName; readonly ranges: readonly KeyRange[] },
  pages: FetchedPages,
): Promise<void> {
  const { name, table, ranges } = from;
  // Told apart because an end that may be missing would have each range read to the end of the table.
  const open = ranges.filter(({ end }) => end === undefined);
  const closed = ranges.filter(({ end }) => end !== undefined);
  for (const group of [open, closed]) {
    if (group.length === 0) continue;
    const ends = group.flatMap(({ end }) => (end === undefined ? [] : [end]));
    const rows = await session.query(
      `SELECT asked.key, asked.value, asked.number FROM (
         SELECT range.number, entry.key, entry.value
         FROM unnest($1::bytea[], $2::bytea[], $3::int[]) WITH ORDINALITY AS range (first, past, most, number)
         CROSS JOIN LATERAL (
           SELECT key, value FROM ${name}
           WHERE key >= range.first ${ends.length > 0 ? 'AND key < range.past' : ''}
           ORDER BY key LIMIT range.most
         ) AS entry
       ) AS asked ORDER BY asked.number, asked.key`,
      [
        byteaArray(group.map(({ start }) => start)),
        byteaArray(ends),
        group.map(({ limit }) => limit ?? null),
      ],
    );
    const byNumber = new Map<number, Entry[]>();
    for (const row of rows) {
      const number = Number(row[2]);
      const entries = byNumber.get(number);
      if (entries === undefined) byNumber.set(number, [entryOf(row)]);
      else entries.push(entryOf(row));
    }
    group.forEach((range, i) => {
      pages.putRange(table, range, byNumber.get(i + 1) ?? []);
    });
  }
}

/**
 * Writes all of it: for each table one statement for what is put, one for what is removed, each in order of key, so
 * that no two transactions that write the same rows wait for each other.
 */
export async function flushWrites(session: Session, schema: string, writes: Writes): Promise<void> {
  for (const [table, unordered] of writes) {
    const entries = unordered.toSorted((a, b) => Buffer.compare(a.key, b.key));
    const name = sqlName(schema, table);
    const put = entries.flatMap(({ key, value }) => (value === null ? [] : [{ key, value }]));
    const removed = entries.filter(({ value }) => value === null);
    if (put.length > 0) {
      await session.query(
        `INSERT INTO ${name} (key, value) SELECT * FROM unnest($1::bytea[], $2::bytea[])
         ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [byteaArray(put.map(({ key }) => key)), byteaArray(put.map(({ value }) => value))],
      );
    }
    if (removed.length > 0) {
      await session.query(`DELETE FROM ${name} WHERE key = ANY ($1::bytea[])`, [
        byteaArray(removed.map(({ key }) => key)),
      ]);
    }
  }
}

function entryOf([key, value]: Row): Entry {
  if (Buffer.isBuffer(key) && Buffer.isBuffer(value)) return { key, value };
  throw new TypeError('Cannot read a row as it holds no bytes');
}
