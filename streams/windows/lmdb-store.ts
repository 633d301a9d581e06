import type { Metrics } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import { LmdbEnvironment } from './lmdb-environment.ts';
import type { ObjectStore } from './object-store.ts';
import { NO_JOINS, NO_LIMITS, limitsSchema } from './store-limits.ts';
import type { JoinRules } from './store-work.ts';
import { TableStore } from './table-store.ts';
import type { TableTransactions, Tables, WriteScope } from './tables.ts';
import type { ObjectLimits } from './visible-points.ts';

export type LmdbStoreOptions =
  | {
      readonly mode: 'write';
      readonly folder: string;
      readonly window: ObjectLimits;
      readonly join: JoinRules;
      readonly metrics?: Metrics;
    }
  | { readonly mode: 'read'; readonly folder: string };

/**
 * The embedded store: LMDB in one folder.
 *
 * To write, the folder is made if need be and held by this process alone; `merge`, `putSpectrum` and `putMetadata` are
 * one transaction each, on the disk when they return. To read, nothing is changed, a writer may be at work, and
 * the writer's limits hold.
 *
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE, INPUT_NOT_FOUND, INPUT_UNREADABLE or
 *   STORE_UNREADABLE
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ObjectStore> {
  const environment = await LmdbEnvironment.open(options);
  try {
    if (options.mode === 'read') {
      // The limits that the writer last had: a reader with others would show other light curves.
      const limits = readAbout(environment, 'limits', limitsSchema) ?? NO_LIMITS;
      return new TableStore(new LmdbTransactions(environment, null), { limits, ...NO_JOINS });
    }
    const { window, join, metrics = null } = options;
    const limits = limitsSchema.parse(window);
    environment.transact(() => {
      writeAbout(environment, 'limits', limits);
    });
    return new TableStore(new LmdbTransactions(environment, metrics), { limits, ...join }, metrics);
  } catch (error) {
    await environment.close();
    throw error;
  }
}

/** LMDB as the place of the store's tables: a change is on the disk when its promise resolves. */
class LmdbTransactions implements TableTransactions {
  readonly #environment: LmdbEnvironment;
  readonly #metrics: Metrics | null;

  constructor(environment: LmdbEnvironment, metrics: Metrics | null) {
    this.#environment = environment;
    this.#metrics = metrics;
  }

  transact<T>(_scope: WriteScope, work: (tables: Tables) => T): Promise<T> {
    return promised(() => {
      const result = this.#environment.transact(() => work(this.#environment));
      this.#metrics?.gauge('nightjar_window_store_bytes', null, this.#environment.byteLength);
      return result;
    });
  }

  read<T>(work: (tables: Tables) => T): Promise<T> {
    return promised(() => work(this.#environment));
  }

  close(): Promise<void> {
    return this.#environment.close();
  }
}

/** The value that a computation gives, or a rejection with what it throws. */
function promised<T>(compute: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(compute());
  });
}
