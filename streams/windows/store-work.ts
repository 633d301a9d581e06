import type { Alert, Config, MetadataRecord, Spectrum } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import { JoinShelf, METADATA_RECORDS, SPECTRA } from './join-shelf.ts';
import type { Belonging, Kept } from './kept-codec.ts';
import type { KeptPeriods } from './kept-periods.ts';
import { findJoin } from './object-joins.ts';
import type { Joinable } from './object-joins.ts';
import { ObjectShelf } from './object-shelf.ts';
import {
  attach,
  createObjectState,
  mergeAlert,
  newestAlertAt,
  newestStateView,
  stateViewAt,
} from './object-state.ts';
import type { ObjectState, StateOutcome, StateView } from './object-state.ts';
import type { JoinOutcome, JoinReceipt, MergeOutcome, ObjectView } from './object-store.ts';
import { mapAll } from './tables.ts';
import type { Tables } from './tables.ts';
import type { ObjectLimits } from './visible-points.ts';
import type { Tidied } from './waiting-list.ts';

/** The part of the configuration that says what is joined, and how long it waits. */
export type JoinRules = Pick<
  Config['join'],
  'spectraRadiusArcsec' | 'metadataRadiusArcsec' | 'waitingMax' | 'waitingDays'
>;

/** What the store goes by. */
export interface StoreRules extends JoinRules {
  readonly limits: ObjectLimits;
}

/** What became of a spectrum or metadata record, and of those that wait; no counts where it came again. */
export interface JoinResult {
  readonly receipt: JoinReceipt;
  readonly counts: Omit<Tidied, 'dropped'> | null;
}

/** An object within one call. */
interface Held {
  /** As it is stored; `null` for a new one. */
  readonly stored: ObjectState | null;
  /** As it was before the first alert of the call. */
  readonly first: ObjectState;
  readonly now: ObjectState;
}

/** What the store does within one transaction, on whatever tables. */
export class StoreWork {
  readonly #tables: Tables;
  readonly #objects: ObjectShelf;
  readonly #spectra: JoinShelf<Spectrum>;
  readonly #metadata: JoinShelf<MetadataRecord>;
  readonly #rules: StoreRules;
  readonly #limits: ObjectLimits;
  readonly #periods: KeptPeriods | null;

  /** @param periods for changes: views that are only read carry none */
  constructor(tables: Tables, rules: StoreRules, periods: KeptPeriods | null = null) {
    this.#tables = tables;
    this.#objects = new ObjectShelf(tables);
    this.#spectra = new JoinShelf(tables, SPECTRA);
    this.#metadata = new JoinShelf(tables, METADATA_RECORDS);
    this.#rules = rules;
    this.#limits = rules.limits;
    this.#periods = periods;
  }

  merge(alerts: readonly Alert[]): readonly MergeOutcome[] {
    // Several alerts of one object share one read and one write.
    const held = this.#held(alerts);
    this.#tables.settle();
    const outcomes = alerts.map((alert) => {
      const key = objectKey(alert.survey, alert.objectId);
      const before = held.get(key) ?? this.#loadOrCreate(key, alert);
      const { state, outcome } = mergeAlert(before.now, alert, this.#limits);
      held.set(key, { ...before, now: state });
      return outcome;
    });
    for (const { stored, first, now } of held.values()) {
      if (now === stored) continue;
      this.#objects.save(now, stored);
      this.#releaseDropped(now, first);
    }
    return mapAll(outcomes, (outcome) => this.#outcome(outcome));
  }

  putSpectrum(spectrum: Spectrum, arrivedMs: number | null): JoinResult {
    const radiusArcsec = this.#rules.spectraRadiusArcsec;
    return this.#put(spectrum, { shelf: this.#spectra, arrivedMs, radiusArcsec });
  }

  putMetadata(record: MetadataRecord, arrivedMs: number | null): JoinResult {
    const radiusArcsec = this.#rules.metadataRadiusArcsec;
    return this.#put(record, { shelf: this.#metadata, arrivedMs, radiusArcsec });
  }

  object(key: string): ObjectView | null {
    const state = this.#objects.load(key);
    return state === null ? null : this.#view(newestStateView(state, this.#limits));
  }

  keysOf(objectId: string): readonly string[] {
    return this.#objects.keysOf(objectId);
  }

  /** A number of objects in order of key from a place on; `next` is where to go on, `null` after the last. */
  listed(from: Buffer): { readonly views: readonly ObjectView[]; readonly next: Buffer | null } {
    const { states, next } = this.#objects.listed(from);
    return { views: mapAll(states, (state) => this.#view(newestStateView(state, this.#limits))), next };
  }

  #held(alerts: readonly Alert[]): Map<string, Held> {
    const firstAlerts = new Map<string, Alert>();
    for (const alert of alerts) {
      const key = objectKey(alert.survey, alert.objectId);
      if (!firstAlerts.has(key)) firstAlerts.set(key, alert);
    }
    return new Map(
      mapAll([...firstAlerts], ([key, alert]) => [key, this.#loadOrCreate(key, alert)] as const),
    );
  }

  #loadOrCreate(key: string, alert: Alert): Held {
    // Asked for together with the object, so that its view needs no round of its own.
    this.#periods?.of(key, this.#tables);
    const stored = this.#objects.load(key);
    if (stored !== null) return { stored, first: stored, now: stored };
    const { survey, objectId } = alert;
    const { spectraRadiusArcsec, metadataRadiusArcsec } = this.#rules;
    const waiting = [
      ...this.#spectra.takenBy(alert, { key, radiusArcsec: spectraRadiusArcsec }),
      ...this.#metadata.takenBy(alert, { key, radiusArcsec: metadataRadiusArcsec }),
    ];
    const first = createObjectState({ survey, objectId, waiting });
    return { stored, first, now: first };
  }

  #put<T extends Belonging>(
    value: T,
    of: {
      readonly shelf: JoinShelf<T>;
      readonly arrivedMs: number | null;
      readonly radiusArcsec: number;
    },
  ): JoinResult {
    const { shelf, arrivedMs, radiusArcsec } = of;
    const joined = shelf.joinableOf(value);
    const known = shelf.find(joined.id);
    if (known !== null) return { receipt: this.#joinedBefore(known, joined), counts: null };
    // It is kept first: the views of the outcomes may hold it.
    const kept = shelf.keep(value, { arrivedMs, joinedKeys: this.#keysFor(value, radiusArcsec) });
    const outcomes = kept.joinedKeys.flatMap((key) => this.#joinOne(key, joined));
    return { receipt: { sequence: kept.sequence, outcomes }, counts: shelf.tidy(this.#rules) };
  }

  #joinOne(key: string, joined: Joinable): readonly JoinOutcome[] {
    const before = this.#objects.load(key);
    this.#periods?.of(key, this.#tables);
    if (before === null) return [];
    const { state, revision, isRedelivered } = attach(before, joined, this.#limits);
    this.#objects.save(state, before);
    this.#releaseDropped(state, before);
    return [this.#joinOutcome(state, { revision, isRedelivered })];
  }

  /** What `#put` gave, as far as its revisions are still kept. */
  #joinedBefore({ sequence, joinedKeys }: Kept<unknown>, joined: Joinable): JoinReceipt {
    const outcomes = joinedKeys.flatMap((key) => {
      const state = this.#objects.load(key);
      const join = state === null ? undefined : findJoin(state.joins, joined);
      if (state === null || join === undefined || join.revision < state.reproducibleFrom) return [];
      return [this.#joinOutcome(state, { revision: join.revision, isRedelivered: true })];
    });
    return { sequence, outcomes };
  }

  #keysFor({ objectId, raDeg, decDeg }: Belonging, radiusArcsec: number): readonly string[] {
    const named = objectId === null ? [] : this.#objects.keysOf(objectId);
    if (named.length > 0) return named;
    if (raDeg === null || decDeg === null) return [];
    const key = this.#objects.nearest({ raDeg, decDeg }, radiusArcsec);
    return key === null ? [] : [key];
  }

  #releaseDropped(now: ObjectState, before: ObjectState): void {
    if (now.joins === before.joins) return;
    const kept = new Set(now.joins);
    for (const join of before.joins) {
      if (kept.has(join)) continue;
      const shelf = join.kind === 'spectrum' ? this.#spectra : this.#metadata;
      shelf.release(join.id, objectKey(now.survey, now.objectId));
    }
  }

  #joinOutcome(
    state: ObjectState,
    join: { readonly revision: number; readonly isRedelivered: boolean },
  ): JoinOutcome {
    const { survey, objectId } = state;
    const { identity, detail } = newestAlertAt(state, join.revision);
    const { alertId, mjdTai } = identity;
    const { raDeg, decDeg } = detail;
    return {
      view: this.#view(stateViewAt(state, join.revision, this.#limits)),
      newestAlert: { survey, objectId, alertId, mjdTai, raDeg, decDeg },
      isRedelivered: join.isRedelivered,
    };
  }

  #outcome(outcome: StateOutcome): MergeOutcome {
    return outcome.kind === 'merged' ? { ...outcome, view: this.#view(outcome.view) } : outcome;
  }

  #view({ spectrumId, ...view }: StateView): ObjectView {
    const spectrum = spectrumId === null ? null : this.#spectra.load(spectrumId).value;
    const keptPeriods = this.#periods?.of(view.key, this.#tables) ?? null;
    return keptPeriods === null ? { ...view, spectrum } : { ...view, spectrum, keptPeriods };
  }
}
