import type { Alert, LightCurve, Metadata, MetadataRecord, Spectrum } from '../../core/index.ts';

/** An object as it stood at one revision. */
export interface ObjectView {
  /** `survey/objectId` */
  readonly key: string;
  /** Number of the change that the view ends with, from 1. */
  readonly revision: number;
  readonly lightCurve: LightCurve;
  /** Context that the packets carried: the newest packet's, by time, up to the revision. */
  readonly packetMetadata: Metadata;
  /** Context from metadata records, joined up to the revision; empty where none was. */
  readonly joinedMetadata: Metadata;
  /** Spectrum joined up to the revision. */
  readonly spectrum: Spectrum | null;
  /** What `keepPeriods` was last given for the object, whatever the revision: of views that a merge or a join gives. */
  readonly keptPeriods?: Uint8Array;
}

/** What became of one alert: each gets exactly one. */
export type MergeOutcome =
  | {
      readonly kind: 'merged';
      readonly view: ObjectView;
      /** True if the object already had a newer alert. */
      readonly isLate: boolean;
      /**
       * True if the alert had been merged before from this same position: the view is that of its own
       * revision again.
       */
      readonly isRedelivered: boolean;
      readonly pointsAdded: number;
      readonly pointsDropped: number;
    }
  | { readonly kind: 'duplicate'; readonly revision: number }
  | { readonly kind: 'tooLate'; readonly reason: string };

/** An object that a spectrum or a metadata record was joined to. */
export interface JoinOutcome {
  readonly view: ObjectView;
  /** The object's newest alert: the score that follows is about it. */
  readonly newestAlert: Pick<Alert, 'survey' | 'objectId' | 'alertId' | 'mjdTai' | 'raDeg' | 'decDeg'>;
  readonly isRedelivered: boolean;
}

/** What became of one spectrum or metadata record. */
export interface JoinReceipt {
  /**
   * Number of the spectrum or record in the order in which the store first got those of its kind, from 1: it
   * keeps it when it comes again.
   */
  readonly sequence: number;
  readonly outcomes: readonly JoinOutcome[];
}

/**
 * Light curves, one per object, with what was joined to them. Writes are idempotent: the same change from the
 * same position keeps its revision, and its view holds what was known up to it and nothing later.
 */
export interface ObjectStore {
  /**
   * Merges alerts in order, all of them or none.
   *
   * @returns one outcome per alert, in order
   * @throws PipelineError STORE_UNREADABLE or OUTPUT_NO_SPACE
   */
  merge(alerts: readonly Alert[]): Promise<readonly MergeOutcome[]>;
  /**
   * Keeps a spectrum and joins it to every object with its id, or, where no object has it, to the nearest object
   * within the radius. An object that comes later takes up what has its id or lies within the radius, from its
   * first revision on, in order of arrival. The same `spectrumId` again changes nothing and gives the same views,
   * as far as their revisions are still kept.
   *
   * A spectrum that no object has taken up goes once it waits for too long, or too many wait; one that was joined
   * goes once no view can show it. One that has gone and comes again is new.
   *
   * @param arrivedMs time of its message, ms since 1970 UTC, an integer; `null` for one from a file, which never
   *   goes
   */
  putSpectrum(spectrum: Spectrum, arrivedMs: number | null): Promise<JoinReceipt>;
  /**
   * Keeps a metadata record and joins it as `putSpectrum` does a spectrum. Records that are joined to one object
   * add up, field by field; of two values the one that was joined later counts.
   *
   * @param arrivedMs as for `putSpectrum`
   */
  putMetadata(record: MetadataRecord, arrivedMs: number | null): Promise<JoinReceipt>;
  /**
   * Keeps a few bytes for each of some objects, which the views of later merges and joins carry. They are written with the
   * next merge, and may be lost before: whoever keeps them can do without.
   *
   * @param periods by key of object; at most `PERIODS_BYTES_MAX` each
   * @throws RangeError if one is longer
   */
  keepPeriods(periods: ReadonlyMap<string, Uint8Array>): void;
  /** The newest view of one object, at the position of its newest alert by time; `null` if there is none. */
  object(key: string): Promise<ObjectView | null>;
  /** Keys of the objects of every survey with this object id, as text, in order. */
  keysOf(objectId: string): Promise<readonly string[]>;
  /** Every object's newest view, as `object` gives it, in order of key. */
  objects(): AsyncIterable<ObjectView>;
  close(): Promise<void>;
}
