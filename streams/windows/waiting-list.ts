import type { Config } from '../../core/index.ts';
import { z } from 'zod';
import { readAbout, writeAbout } from './about-table.ts';
import { JOIN_KINDS } from './object-joins.ts';
import type { JoinKind } from './object-joins.ts';
import type { Kept } from './kept-codec.ts';
import { digestKey, textKey } from './store-keys.ts';
import type { Entry, TableName, Tables } from './tables.ts';

/** Entries that one call looks at, of those whose holders changed and of those that may wait no longer. */
const TIDIED_AT_A_TIME = 64;
/** Follows a prefix: no text begins with it. */
const AFTER_ANY_TEXT = Buffer.of(0xff);
const NOTHING = Buffer.of(0);

export type WaitingLimits = Pick<Config['join'], 'waitingMax' | 'waitingDays'>;

const MS_PER_DAY = 86_400_000;
const tallySchema = z.object({ count: z.int().nonnegative(), newestMs: z.number().nullable() });
type Tally = z.infer<typeof tallySchema>;
const NONE: Tally = { count: 0, newestMs: null };

/** One that is kept, as far as the list has to know it. */
type Listed = Pick<Kept<unknown>, 'sequence' | 'arrivedMs'>;

export interface Tidied {
  /** Ids of those that no object needs any more, or that waited too long: the shelf may drop them. */
  readonly dropped: readonly string[];
  /** How many of those waited too long, or were too many. */
  readonly expired: number;
  /** How many wait. */
  readonly waiting: number;
}

/**
 * Which spectra or metadata records of one kind wait for an object, and which objects hold the others. Only those with a
 * time of arrival are listed: others stay for good.
 *
 * Several writers may merge alerts at a time, each under the locks of its own objects; a joining change has the store for
 * itself. So `hold` and `release`, which merges call, write rows of one object, and a note to look again, which says the
 * same whoever writes it; the list itself is changed by `add` and `tidy` alone, within joining changes.
 */
export class WaitingList {
  readonly #tables: Tables;
  readonly #kind: JoinKind;
  readonly #prefix: Buffer;

  constructor(tables: Tables, kind: JoinKind) {
    this.#tables = tables;
    this.#kind = kind;
    this.#prefix = Buffer.of(JOIN_KINDS.indexOf(kind));
  }

  /** Lists a newcomer: as waiting, or as held where it was joined at once. */
  add(id: string, { arrivedMs, sequence, joinedKeys }: Listed & Pick<Kept<unknown>, 'joinedKeys'>): void {
    if (arrivedMs === null) return;
    for (const key of joinedKeys) this.#tables.put('holders', this.#holderKey(id, key), NOTHING);
    const { count, newestMs } = this.#tally();
    const isWaiting = joinedKeys.length === 0;
    if (isWaiting) this.#tables.put('waiting', this.#waitingKey({ arrivedMs, sequence }), Buffer.from(id));
    this.#setTally({
      count: count + (isWaiting ? 1 : 0),
      newestMs: Math.max(newestMs ?? arrivedMs, arrivedMs),
    });
  }

  /** Notes that an object has taken up one that waited. */
  hold(id: string, key: string, { arrivedMs }: Listed): void {
    if (arrivedMs === null) return;
    this.#tables.put('holders', this.#holderKey(id, key), NOTHING);
    this.#noteChange(id);
  }

  /** Notes that no view of an object shows it any more. */
  release(id: string, key: string): void {
    const holder = this.#holderKey(id, key);
    if (this.#tables.get('holders', holder) === null) return;
    this.#tables.remove('holders', holder);
    this.#noteChange(id);
  }

  /**
   * Brings the list up to date with its holders, and lets those go that wait for too long behind the newest arrival, or
   * are too many: the oldest, by arrival and then by number. Bounded work a call: what is left over is for the next.
   *
   * @param find gives one that is kept; `null` where it is gone
   */
  tidy(limits: WaitingLimits, find: (id: string) => Listed | null): Tidied {
    const changes = this.#first('holderChanges');
    const released = changes.map(({ value }) => value.toString()).filter((id) => this.#settle(id, find(id)));
    for (const { key } of changes) this.#tables.remove('holderChanges', key);
    // Before all changes are known, too many may seem to wait.
    const expired = changes.length < TIDIED_AT_A_TIME ? this.#expire(limits) : [];
    return {
      dropped: [...released, ...expired],
      expired: expired.length,
      waiting: this.#tally().count,
    };
  }

  /** Takes one that is held from those that wait. @returns true if nobody holds it, and it does not wait either */
  #settle(id: string, kept: Listed | null): boolean {
    if (kept === null || kept.arrivedMs === null) return false;
    const { arrivedMs, sequence } = kept;
    const waitingKey = this.#waitingKey({ arrivedMs, sequence });
    const isWaiting = this.#tables.get('waiting', waitingKey) !== null;
    const isHeld = this.#isHeld(id);
    if (isWaiting && isHeld) this.#leave(waitingKey);
    return !isWaiting && !isHeld;
  }

  #expire({ waitingMax, waitingDays }: WaitingLimits): readonly string[] {
    const { newestMs } = this.#tally();
    const oldestKept = this.#waitingKey({
      arrivedMs: (newestMs ?? 0) - waitingDays * MS_PER_DAY,
      sequence: 0,
    });
    const expired: string[] = [];
    for (const { key, value } of this.#first('waiting')) {
      if (this.#tally().count <= waitingMax && Buffer.compare(key, oldestKept) >= 0) break;
      this.#leave(key);
      expired.push(value.toString());
    }
    return expired;
  }

  #leave(waitingKey: Buffer): void {
    this.#tables.remove('waiting', waitingKey);
    const { count, newestMs } = this.#tally();
    this.#setTally({ count: Math.max(0, count - 1), newestMs });
  }

  #isHeld(id: string): boolean {
    const start = this.#idKey(id);
    const end = Buffer.concat([start, AFTER_ANY_TEXT]);
    return this.#tables.range('holders', { start, end, limit: 1 }).length > 0;
  }

  #noteChange(id: string): void {
    this.#tables.put('holderChanges', this.#idKey(id), Buffer.from(id));
  }

  #first(table: TableName): readonly Entry[] {
    const end = Buffer.of(JOIN_KINDS.indexOf(this.#kind) + 1);
    return this.#tables.range(table, { start: this.#prefix, end, limit: TIDIED_AT_A_TIME });
  }

  #tally(): Tally {
    return readAbout(this.#tables, `${this.#kind}Waiting`, tallySchema) ?? NONE;
  }

  #setTally(tally: Tally): void {
    writeAbout(this.#tables, `${this.#kind}Waiting`, tally);
  }

  /** In order of arrival, then of number. */
  #waitingKey({ arrivedMs, sequence }: { readonly arrivedMs: number; readonly sequence: number }): Buffer {
    const order = Buffer.alloc(16);
    // Times before 1970 come before those after it.
    order.writeBigUInt64BE(BigInt.asUintN(64, BigInt(Math.floor(arrivedMs)) + 2n ** 63n), 0);
    order.writeBigUInt64BE(BigInt(sequence), 8);
    return Buffer.concat([this.#prefix, order]);
  }

  #idKey(id: string): Buffer {
    return Buffer.concat([this.#prefix, digestKey(id)]);
  }

  #holderKey(id: string, key: string): Buffer {
    return Buffer.concat([this.#idKey(id), textKey(key)]);
  }
}
