import { z } from 'zod';
import type { Alert, Config, Metrics, Spectrum } from '../../core/index.ts';
import { objectKey } from '../../core/index.ts';
import { readAbout, writeAbout } from './about-table.ts';
import { LmdbEnvironment } from './lmdb-environment.ts';
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
import type { JoinOutcome, JoinReceipt, MergeOutcome, ObjectStore, ObjectView } from './object-store.ts';
import type { KeptSpectrum } from './spectrum-codec.ts';
import { SpectrumShelf } from './spectrum-shelf.ts';
import type { ObjectLimits } from './visible-points.ts';

export type LmdbStoreOptions =
  | {
      readonly mode: 'write';
      readonly folder: string;
      readonly window: ObjectLimits;
      readonly join: Pick<Config['join'], 'spectraRadiusArcsec'>;
      readonly metrics?: Metrics;
    }
  | { readonly mode: 'read'; readonly folder: string };

const limitsSchema = z.object({
  pointsMax: z.int().positive(),
  retentionDays: z.number().positive(),
  redeliveryPacketsMax: z.int().positive(),
});
/** For a store whose making was cut short before it held anything that limits apply to. */
const NO_LIMITS: ObjectLimits = { pointsMax: 1, retentionDays: 1, redeliveryPacketsMax: 1 };

/**
 * The embedded store: LMDB in one folder.
 *
 * To write, the folder is made if need be and held by this process alone; `merge` and `putSpectrum` are one
 * transaction each, on the disk when they return. To read, nothing is changed, a writer may be at work, and
 * the writer's limits hold.
 *
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE, INPUT_NOT_FOUND, INPUT_UNREADABLE or
 *   STORE_UNREADABLE
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<ObjectStore> {
  const environment = await LmdbEnvironment.open(options);
  try {
    if (options.mode === 'read') return new LmdbStore(environment, { limits: writtenLimits(environment) });
    const { window, join, metrics = null } = options;
    const limits = limitsSchema.parse(window);
    environment.transact(() => {
      writeAbout(environment, 'limits', limits);
    });
    return new LmdbStore(environment, { limits, radiusArcsec: join.spectraRadiusArcsec, metrics });
  } catch (error) {
    await environment.close();
    throw error;
  }
}

/** The limits that the writer last had: a reader with others would show other light curves. */
function writtenLimits(environment: LmdbEnvironment): ObjectLimits {
  return readAbout(environment, 'limits', limitsSchema) ?? NO_LIMITS;
}

class LmdbStore implements ObjectStore {
  readonly #environment: LmdbEnvironment;
  readonly #objects: ObjectShelf;
  readonly #spectra: SpectrumShelf;
  readonly #limits: ObjectLimits;
  readonly #radiusArcsec: number;
  readonly #metrics: Metrics | null;

  constructor(
    environment: LmdbEnvironment,
    options: {
      readonly limits: ObjectLimits;
      readonly radiusArcsec?: number;
      readonly metrics?: Metrics | null;
    },
  ) {
    this.#environment = environment;
    this.#objects = new ObjectShelf(environment);
    this.#spectra = new SpectrumShelf(environment);
    this.#limits = options.limits;
    this.#radiusArcsec = options.radiusArcsec ?? 0;
    this.#metrics = options.metrics ?? null;
  }

  merge(alerts: readonly Alert[]): Promise<readonly MergeOutcome[]> {
    return promised(() => {
      const outcomes = this.#environment.transact(() => this.#mergeAll(alerts));
      this.#metrics?.gauge('nightjar_window_store_bytes', null, this.#environment.byteLength);
      return outcomes;
    });
  }

  putSpectrum(spectrum: Spectrum): Promise<JoinReceipt> {
    return promised(() =>
      this.#environment.transact(() => {
        const kept = this.#spectra.find(spectrum.spectrumId);
        return kept === null ? this.#joinAll(spectrum) : this.#joinedBefore(kept);
      }),
    );
  }

  putMetadata(): Promise<JoinReceipt> {
    return Promise.reject(new TypeError('Cannot join a metadata record as this store keeps none'));
  }

  object(key: string): Promise<ObjectView | null> {
    return promised(() => {
      const state = this.#objects.load(key);
      return state === null ? null : this.#view(newestStateView(state, this.#limits));
    });
  }

  keysOf(objectId: string): Promise<readonly string[]> {
    return promised(() => this.#objects.keysOf(objectId));
  }

  async *objects(): AsyncIterable<ObjectView> {
    for (const states of this.#objects.all()) {
      for (const state of states) yield this.#view(newestStateView(state, this.#limits));
      // A long listing leaves room for other work.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  close(): Promise<void> {
    return this.#environment.close();
  }

  #mergeAll(alerts: readonly Alert[]): readonly MergeOutcome[] {
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

/** The value that a computation gives, or a rejection with what it throws. */
function promised<T>(compute: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(compute());
  });
}
