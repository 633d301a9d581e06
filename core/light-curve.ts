import type { Point, SurveyId } from './alert.ts';
import type { Metadata } from './metadata.ts';
import type { Spectrum } from './spectrum.ts';

/** All that is known of one object at one revision: what the model sees, and nothing else. */
export interface LightCurve {
  readonly survey: string;
  readonly objectId: SurveyId;
  /** ICRS, degrees: of the alert that the revision belongs to. */
  readonly raDeg: number;
  readonly decDeg: number;
  /** Sorted by (mjdTai, band, kind, alertId); no two with the same identity. */
  readonly points: readonly Point[];
}

/** A light curve with what was joined to it. */
export interface JoinedObject {
  readonly lightCurve: LightCurve;
  /** Packet and catalogue context together; empty where nothing is known. */
  readonly metadata: Metadata;
  readonly spectrum: Spectrum | null;
  /** What an embedder left with the object (`EmbeddedObject.periodsToKeep`): saves it time, and changes nothing. */
  readonly keptPeriods?: Uint8Array | null;
}
