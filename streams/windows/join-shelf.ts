import { z } from 'zod';
import type { Alert, MetadataRecord, Spectrum } from '../../core/index.ts';
import { PipelineError } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import type { AboutName } from './about-table.ts';
import { decodeKept, encodeKept } from './kept-codec.ts';
import type { Belonging, Kept, ValueCodec } from './kept-codec.ts';
import { METADATA_CODEC } from './metadata-codec.ts';
import type { Joinable } from './object-joins.ts';
import { Places } from './places.ts';
import { SPECTRUM_CODEC } from './spectrum-codec.ts';
import { newestFirstKey, newestFirstRange, textKey } from './store-keys.ts';
import { mapAll } from './tables.ts';
import type { TableName, Tables } from './tables.ts';
import { WaitingList } from './waiting-list.ts';
import type { Tidied, WaitingLimits } from './waiting-list.ts';

/** What tells the shelf of one kind from that of another. */
export interface ShelfKind<T extends Belonging> {
  readonly kind: Joinable['kind'];
  readonly tables: { readonly kept: TableName; readonly byObject: TableName; readonly byCell: TableName };
  /** How many the store has got so far. */
  readonly about: AboutName;
  readonly codec: ValueCodec<T>;
  readonly joinableOf: (value: T) => Joinable;
  /** A new object takes up so many of those that wait, the newest. */
  readonly takenMax: number;
}

export const SPECTRA = {
  kind: 'spectrum',
  tables: { kept: 'spectra', byObject: 'spectraByObject', byCell: 'spectraByCell' },
  about: 'spectra',
  codec: SPECTRUM_CODEC,
  joinableOf: ({ spectrumId }) => ({ kind: 'spectrum', id: spectrumId }),
  // The newest is seen; the others no longer wait.
  takenMax: 16,
} as const satisfies ShelfKind<Spectrum>;

export const METADATA_RECORDS = {
  kind: 'metadata',
  tables: { kept: 'metadata', byObject: 'metadataByObject', byCell: 'metadataByCell' },
  about: 'metadata',
  codec: METADATA_CODEC,
  joinableOf: ({ recordId, metadata }) => ({ kind: 'metadata', id: recordId, metadata }),
  takenMax: 128,
} as const satisfies ShelfKind<MetadataRecord>;

const countSchema = z.int().nonnegative();

/** The spectra, or the metadata records, that the store keeps: by id, by object id and by position. */
export class JoinShelf<T extends Belonging> {
  readonly #tables: Tables;
  readonly #of: ShelfKind<T>;
  readonly #places: Places;
  readonly #list: WaitingList;

  constructor(tables: Tables, of: ShelfKind<T>) {
    this.#tables = tables;
    this.#of = of;
    this.#places = new Places(tables, of.tables.byCell);
    this.#list = new WaitingList(tables, of.kind);
  }

  joinableOf(value: T): Joinable {
    return this.#of.joinableOf(value);
  }

  find(id: string): Kept<T> | null {
    const bytes = this.#tables.get(this.#of.tables.kept, textKey(id));
    return bytes === null ? null : decodeKept(bytes, id, this.#of.codec);
  }

  /** @throws PipelineError STORE_UNREADABLE if it is not there: what is named is kept */
  load(id: string): Kept<T> {
    const kept = this.find(id);
    if (kept !== null) return kept;
    throw new PipelineError(
      'STORE_UNREADABLE',
      `Cannot read ${this.#of.codec.what} "${id}" from the store as it is not in it`,
    );
  }

  /** Keeps one under the next number. */
  keep(
    value: T,
    { arrivedMs, joinedKeys }: { readonly arrivedMs: number | null; readonly joinedKeys: readonly string[] },
  ): Kept<T> {
    const { about, tables, codec } = this.#of;
    const sequence = this.#count() + 1;
    writeAbout(this.#tables, about, sequence);
    const kept = { sequence, arrivedMs, joinedKeys, value };
    const { id } = this.joinableOf(value);
    this.#tables.put(tables.kept, textKey(id), encodeKept(kept, codec));
    const { objectId, raDeg, decDeg } = value;
    if (objectId !== null) {
      this.#tables.put(tables.byObject, newestFirstKey(objectId, sequence), Buffer.from(id));
    }
    if (raDeg !== null && decDeg !== null) {
      this.#places.addNumbered({ name: id, number: sequence, raDeg, decDeg });
    }
    this.#list.add(id, kept);
    return kept;
  }

  /** Those that wait for a new object by its id or near its position, in order of number: the newest ones. */
  takenBy(
    alert: Pick<Alert, 'objectId' | 'raDeg' | 'decDeg'>,
    options: { readonly key: string; readonly radiusArcsec: number },
  ): readonly Joinable[] {
    // Most runs have none at all.
    if (this.#count() === 0) return [];
    const { takenMax } = this.#of;
    const ids = new Set([
      ...this.#namedFor(String(alert.objectId)),
      ...this.#places.within(alert, options.radiusArcsec, takenMax),
    ]);
    const taken = mapAll([...ids], (id) => this.load(id))
      .sort((a, b) => a.sequence - b.sequence)
      .slice(-takenMax);
    return taken.map((kept) => {
      const joined = this.joinableOf(kept.value);
      this.#list.hold(joined.id, options.key, kept);
      return joined;
    });
  }

  /** Notes that no view of an object shows it any more. */
  release(id: string, key: string): void {
    this.#list.release(id, key);
  }

  /** Lets those go that no object needs, or that wait for too long or are too many. */
  tidy(limits: WaitingLimits): Omit<Tidied, 'dropped'> {
    const { dropped, ...counts } = this.#list.tidy(limits, (id) => this.find(id));
    for (const id of dropped) this.#drop(id);
    return counts;
  }

  #count(): number {
    return readAbout(this.#tables, this.#of.about, countSchema) ?? 0;
  }

  #namedFor(objectId: string): readonly string[] {
    const { byObject } = this.#of.tables;
    const limit = this.#of.takenMax;
    // As stores of format 1 have it: one row, with the newest.
    const single = this.#tables.get(byObject, textKey(objectId));
    const entries = this.#tables.range(byObject, { ...newestFirstRange(objectId), limit });
    return [...(single === null ? [] : [single]), ...entries.map(({ value }) => value)].map(String);
  }

  #drop(id: string): void {
    const kept = this.find(id);
    if (kept === null) return;
    const { kept: table, byObject } = this.#of.tables;
    const { objectId, raDeg, decDeg } = kept.value;
    this.#tables.remove(table, textKey(id));
    if (objectId !== null) this.#tables.remove(byObject, newestFirstKey(objectId, kept.sequence));
    if (raDeg !== null && decDeg !== null) {
      this.#places.removeNumbered({ name: id, number: kept.sequence, raDeg, decDeg });
    }
  }
}
