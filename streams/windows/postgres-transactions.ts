import type { Metrics } from '../../core/index.ts';
import { readAbout } from './about-table.ts';
import type { AboutName } from './about-table.ts';
import { FetchedPages, FetchedTables } from './fetched-tables.ts';
import type { Wanted, Writes } from './fetched-tables.ts';
import { isConflict } from './postgres-failures.ts';
import type { StoreLocks } from './postgres-locks.ts';
import type { PostgresPool, Session } from './postgres-pool.ts';
import { fetchWanted, flushWrites } from './postgres-tables.ts';
import { isSameLimits, limitsSchema, otherLimits } from './store-limits.ts';
import type { TableName, TableTransactions, Tables, WriteScope } from './tables.ts';
import type { ObjectLimits } from './visible-points.ts';

/** Rounds of fetching in one transaction; each goes one step along what names something else. */
const ROUNDS_MAX = 32;
/** Attempts at a transaction that others are in the way of. */
const ATTEMPTS_MAX = 5;
/**
 * What a merge may write under the locks of its objects: rows of one object each, in `holderChanges` notes that say the
 * same whoever writes them, and in `periods` bytes of any object, of which any will do. Rows of every other table mean something to other objects too.
 */
const OWN_TABLES: readonly TableName[] = ['objects', 'objectsByCell', 'holders', 'holderChanges', 'periods'];
/** What merges read of `about`. */
const ABOUT_OF_MERGES = ['limits', 'metadata', 'spectra', 'surveys'] as const satisfies readonly AboutName[];

export interface PostgresTransactionsOptions {
  readonly mode: 'write' | 'read';
  readonly pool: PostgresPool;
  readonly schema: string;
  readonly locks: StoreLocks;
  readonly limits: ObjectLimits;
  readonly metrics: Metrics | null;
}

/**
 * PostgreSQL as the place of the store's tables, shared by several instances.
 *
 * Work runs on what was fetched of the tables; what it lacked is fetched in one round, and it is run again, until it
 * had all: two or three rounds for a batch, however many objects it has. Its writes are flushed together.
 *
 * Writing transactions are READ COMMITTED and take advisory locks before they read anything, and keep them until
 * they have ended: so each statement after that sees all that was committed under the same lock before.
 * - Two merges of an object: both hold its lock, so one begins to read after the other has ended. No update is lost,
 *   and each alert gets one revision.
 * - An object and its spectrum at once: the merge shares the lock of which `join` has all. Whichever comes second
 *   reads what the first wrote: the merge finds the spectrum waiting, or the spectrum finds the object.
 * - What merges of different objects have in common, such as the list of surveys in `about`: a merge that would write
 *   it is rolled back and run again with the whole lock, which happens once in a store's life for each survey.
 * Reading transactions are REPEATABLE READ: their rounds see one snapshot, so an object and what it names fit.
 *
 * Lost connections are not tried again here. After COMMIT was sent it is unknown whether the change was kept; it
 * makes no difference to who tries again, since a change that comes again keeps its revisions.
 */
export class PostgresTransactions implements TableTransactions {
  readonly #options: PostgresTransactionsOptions;

  constructor(options: PostgresTransactionsOptions) {
    this.#options = options;
  }

  async transact<T>(scope: WriteScope, work: (tables: Tables) => T): Promise<T> {
    if (this.#options.mode === 'read') {
      throw new TypeError('Cannot change a store that was opened for reading');
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await this.#attempt(scope, work);
        this.#count('committed');
        return result;
      } catch (error) {
        if (!isConflict(error) || attempt === ATTEMPTS_MAX) {
          this.#count('failed');
          throw error;
        }
        this.#count('repeated');
      }
    }
  }

  read<T>(work: (tables: Tables) => T): Promise<T> {
    return this.#options.pool.transaction(
      'read',
      async (session) => (await this.#run(session, null, work)).result,
    );
  }

  close(): Promise<void> {
    return this.#options.pool.close();
  }

  async #attempt<T>(scope: WriteScope, work: (tables: Tables) => T): Promise<T> {
    const { isKept, result } = await this.#change(scope, work);
    return isKept ? result : (await this.#change({ kind: 'join' }, work)).result;
  }

  /** One transaction; `isKept` is false where the scope's locks do not cover what it would write. */
  #change<T>(
    scope: WriteScope,
    work: (tables: Tables) => T,
  ): Promise<{ readonly isKept: boolean; readonly result: T }> {
    const { pool, schema, locks, limits, metrics } = this.#options;
    metrics?.gauge('nightjar_window_store_waiting_transactions', null, pool.waiting);
    return pool.transaction('write', async (session) => {
      await locks.take(session, scope);
      const wanted = firstWanted(scope);
      const { result, writes } = await this.#run(session, wanted, (tables) => {
        requireLimits(tables, limits);
        return work(tables);
      });
      const isKept = scope.kind === 'join' || [...writes.keys()].every((table) => OWN_TABLES.includes(table));
      if (isKept) await flushWrites(session, schema, writes);
      return { isKept, result };
    });
  }

  async #run<T>(
    session: Session,
    first: Wanted | null,
    work: (tables: Tables) => T,
  ): Promise<{ readonly result: T; readonly writes: Writes }> {
    const pages = new FetchedPages();
    let wanted = first;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      if (wanted !== null) await this.#fetch(session, wanted, pages);
      const tables = new FetchedTables(pages);
      const outcome = attempted(() => work(tables));
      wanted = tables.wanted;
      if (wanted === null) return { result: outcome(), writes: tables.writes };
    }
    throw new RangeError(`Cannot finish a piece of work as it may fetch ${ROUNDS_MAX} times at most`);
  }

  #fetch(session: Session, wanted: Wanted, pages: FetchedPages): Promise<void> {
    this.#options.metrics?.count('nightjar_window_store_rounds_total', null);
    return fetchWanted(session, { schema: this.#options.schema, wanted }, pages);
  }

  #count(result: 'committed' | 'repeated' | 'failed'): void {
    this.#options.metrics?.count('nightjar_window_store_transactions_total', { result });
  }
}

/** What a change needs in any case, so that one round is enough where no spectrum or record is concerned. */
function firstWanted(scope: WriteScope): Wanted {
  const about = ABOUT_OF_MERGES.map((name) => Buffer.from(name));
  const keys = new Map<TableName, readonly Buffer[]>([['about', about]]);
  if (scope.kind === 'merge' && scope.objectKeys.length > 0) {
    keys.set('objects', scope.objectKeys);
    keys.set('periods', scope.objectKeys);
  }
  return { keys, ranges: new Map() };
}

/** A computation that was tried: gives its value, or throws what it threw. */
function attempted<T>(compute: () => T): () => T {
  try {
    const value = compute();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** While this instance had no connection, another one with other limits may have begun. */
function requireLimits(tables: Tables, limits: ObjectLimits): void {
  const found = readAbout(tables, 'limits', limitsSchema);
  if (found === null || !isSameLimits(found, limits)) throw otherLimits(found, limits);
}
