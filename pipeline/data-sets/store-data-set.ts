import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Config, DataSet } from '../../core/index.ts';
import { openCatalogue, openLmdbStore, readLabels } from '../../streams/index.ts';
import { storeObjects } from './store-objects.ts';

/** Beside a store, or in the folder of its replay: labels by object id. */
const LABELS_FILE = 'labels.csv';

/**
 * The folder of the embedded store that a path names: itself, or `store` in the folder of a replay.
 *
 * @returns `null` where neither holds a store
 */
export async function storeFolderOf(named: string): Promise<string | null> {
  for (const folder of [named, path.join(named, 'store')]) {
    if (await isFile(path.join(folder, 'data.mdb'))) return folder;
  }
  return null;
}

/**
 * The objects of an embedded store, as they are when they are read.
 *
 * @param options.source as the user named it
 * @param options.folder of the store
 * @param options.labels a table that `readLabels` reads; `null` for `labels.csv` in the folder that was named or in the
 *   one above the store, if there is one
 * @param options.catalogue a table that gives metadata by position; `null` for none
 * @throws PipelineError INPUT_UNREADABLE, STORE_UNREADABLE, or what `readLabels` and `openCatalogue` throw
 */
export async function openStoreDataSet(options: {
  readonly source: string;
  readonly folder: string;
  readonly labels: string | null;
  readonly catalogue: string | null;
  readonly config: Config;
}): Promise<DataSet> {
  const { source, folder } = options;
  const file = options.labels ?? (await labelsBeside([source, path.join(folder, '..')]));
  const labels = file === null ? new Map() : await readLabels(file);
  const catalogue =
    options.catalogue === null
      ? null
      : await openCatalogue({ file: options.catalogue, join: options.config.join });
  const store = await openLmdbStore({ mode: 'read', folder });
  return {
    source,
    objects: () => storeObjects(store, { labels, catalogue }),
    close: () => store.close(),
  };
}

async function labelsBeside(folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const file = path.join(folder, LABELS_FILE);
    if (await isFile(file)) return file;
  }
  return null;
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false;
}
