import type { Alert, Config, Spectrum } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import { ObjectShelf } from './object-shelf.ts';
import {
  attachSpectrum,
  createObjectState,
  mergeAlert,
  newestAlertAt,
  newestStateView,
  stateViewAt,
} from './object-state.ts';
import type { ObjectState, StateOutcome, StateView } from './object-state.ts';
import type { JoinOutcome, JoinReceipt, MergeOutcome, ObjectView } from './object-store.ts';
import type { KeptSpectrum } from './spectrum-codec.ts';
import { SpectrumShelf } from './spectrum-shelf.ts';
import type { Tables } from './tables.ts';
import type { ObjectLimits } from './visible-points.ts';

/** What joins go by. */
export type JoinRules = Pick<Config['join'], 'spectraRadiusArcsec'>;

/** What the store goes by. */
export interface StoreRules extends JoinRules {
  readonly limits: ObjectLimits;
}

/** For a store that is opened to read: nothing is joined. */
export const READING_RULES: JoinRules = { spectraRadiusArcsec: 0 };

/** What the store does within one transaction, on whatever tables. */
export class StoreWork {
  readonly #objects: ObjectShelf;
  readonly #spectra: SpectrumShelf;
  readonly #limits: ObjectLimits;
  readonly #radiusArcsec: number;

  constructor(tables: Tables, rules: StoreRules) {
    this.#objects = new ObjectShelf(tables);
    this.#spectra = new SpectrumShelf(tables);
    this.#limits = rules.limits;
    this.#radiusArcsec = rules.spectraRadiusArcsec;
  }

  merge(alerts: readonly Alert[]): readonly MergeOutcome[] {
    // Several alerts of one object share one read and one write.
    const held = new Map<string, { readonly before: ObjectState | null; readonly now: ObjectState }>();
    const outcomes = alerts.map((alert) => {
      const key = objectKey(alert.survey, alert.objectId);
      const { before, now } = held.get(key) ?? this.#loadOrCreate(key, alert);
      const { state, outcome } = mergeAlert(now, alert, this.#limits);
      held.set(key, { before, now: state });
      return this.#outcome(outcome);
    });
    for (const { before, now } of held.values()) {
      if (now !== before) this.#objects.save(now, before);
    }
    return outcomes;
  }

  putSpectrum(spectrum: Spectrum): JoinReceipt {
    const kept = this.#spectra.find(spectrum.spectrumId);
    return kept === null ? this.#joinAll(spectrum) : this.#joinedBefore(kept);
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
    return { views: states.map((state) => this.#view(newestStateView(state, this.#limits))), next };
  }

  #loadOrCreate(
    key: string,
    alert: Alert,
  ): { readonly before: ObjectState | null; readonly now: ObjectState } {
    const before = this.#objects.load(key);
    if (before !== null) return { before, now: before };
    const { survey, objectId } = alert;
    const spectrumId = this.#spectra.waitingFor(alert, this.#radiusArcsec);
    return { before, now: createObjectState({ survey, objectId, spectrumId }) };
  }

  #joinAll(spectrum: Spectrum): JoinReceipt {
    const { spectrumId } = spectrum;
    // The spectrum first: the views of the outcomes hold it.
    const { sequence, joinedKeys } = this.#spectra.keep(spectrum, this.#keysFor(spectrum));
    const outcomes = joinedKeys.flatMap((key) => {
      const before = this.#objects.load(key);
      if (before === null) return [];
      const { state, revision, isRedelivered } = attachSpectrum(before, spectrumId, this.#limits);
      this.#objects.save(state, before);
      return [this.#spectrumOutcome(state, { revision, isRedelivered })];
    });
    return { sequence, outcomes };
  }

  /** What `#joinAll` gave, as far as its revisions are still kept. */
  #joinedBefore({ sequence, joinedKeys, spectrum }: KeptSpectrum): JoinReceipt {
    const outcomes = joinedKeys.flatMap((key) => {
      const state = this.#objects.load(key);
      const join = state?.joins.find(({ spectrumId }) => spectrumId === spectrum.spectrumId);
      if (state === null || join === undefined || join.revision < state.reproducibleFrom) return [];
      return [this.#spectrumOutcome(state, { revision: join.revision, isRedelivered: true })];
    });
    return { sequence, outcomes };
  }

  #keysFor({ objectId, raDeg, decDeg }: Spectrum): readonly string[] {
    const named = objectId === null ? [] : this.#objects.keysOf(objectId);
    if (named.length > 0) return named;
    if (raDeg === null || decDeg === null) return [];
    const key = this.#objects.nearest({ raDeg, decDeg }, this.#radiusArcsec);
    return key === null ? [] : [key];
  }

  #spectrumOutcome(
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
    return { ...view, spectrum: spectrumId === null ? null : this.#spectra.load(spectrumId) };
  }
}
