import type { Config, Metrics } from '../../core/index.ts';
import { openLmdbStore } from './lmdb-store.ts';
import type { ObjectStore } from './object-store.ts';
import { openPostgresStore } from './postgres-store.ts';
import type { JoinRules } from './store-work.ts';
import type { ObjectLimits } from './visible-points.ts';

export type ObjectStoreOptions =
  | {
      readonly mode: 'write';
      readonly store: Config['store'];
      readonly window: ObjectLimits;
      readonly join: JoinRules;
      readonly metrics?: Metrics;
    }
  | { readonly mode: 'read'; readonly store: Config['store'] };

/** The store that the configuration names: `openLmdbStore` or `openPostgresStore`, which see. */
export function openObjectStore({ store, ...options }: ObjectStoreOptions): Promise<ObjectStore> {
  return store.kind === 'postgres'
    ? openPostgresStore({ ...options, settings: store })
    : openLmdbStore({ ...options, folder: store.folder });
}
