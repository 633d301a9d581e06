import { createHash } from 'node:crypto';
import type { Session } from './postgres-pool.ts';
import type { WriteScope } from './tables.ts';

/**
 * Objects that one transaction locks each by itself. The server's lock table is shared by all connections, by
 * default with room for 6,400: a transaction with more objects locks out all others instead.
 */
const OBJECT_LOCKS_MAX = 512;

/** Numbers of PostgreSQL's advisory locks: hashes, so that stores in other schemas have others. */
export class StoreLocks {
  readonly #schema: string;
  /** Held by transactions that write: shared by merges, exclusive for what may join anything to any object. */
  readonly joins: string;
  /** Held exclusively while a store is opened to write. */
  readonly opening: string;
  /** Held, shared, by each connection that writes, for as long as it lasts. */
  readonly writers: string;

  constructor(schema: string) {
    this.#schema = schema;
    this.joins = this.#number('joins');
    this.opening = this.#number('opening');
    this.writers = this.#number('writers');
  }

  /**
   * Locks what a transaction will write until it ends: first the one for joins, then the objects by ascending
   * number, so that no two transactions wait for each other. Reads must come in later statements: a statement
   * sees what was committed when it began, not when it got its locks.
   */
  async take(session: Session, scope: WriteScope): Promise<void> {
    if (scope.kind === 'join' || scope.objectKeys.length > OBJECT_LOCKS_MAX) {
      await session.query('SELECT pg_advisory_xact_lock($1::bigint)', [this.joins]);
      return;
    }
    await session.query('SELECT pg_advisory_xact_lock_shared($1::bigint)', [this.joins]);
    const numbers = scope.objectKeys.map((key) => BigInt(this.#number('object', key)));
    await session.query('SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number', [
      numbers.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).map(String),
    ]);
  }

  #number(name: string, key: Buffer = Buffer.alloc(0)): string {
    const hash = createHash('sha256').update(`nightjar/${this.#schema}/${name}/`).update(key).digest();
    return String(hash.readBigInt64BE(0));
  }
}
