import type { SourcePosition } from './alert.ts';
import type { MjdTai } from './units.ts';

/** Which modalities a score saw: Photometry always, Metadata and Spectrum where there. A score is conditional on it. */
export const MODALITY_MASKS = ['P', 'PM', 'PS', 'PMS'] as const;
export type ModalityMask = (typeof MODALITY_MASKS)[number];

/** What made an object be scored again. */
export const SCORE_CAUSES = ['alert', 'late', 'spectrum', 'metadata', 'model'] as const;
export type ScoreCause = (typeof SCORE_CAUSES)[number];

export interface Neighbour {
  readonly objectId: string;
  readonly label: string;
  /** Cosine of the angle to the scored object's embedding, −1 to 1. */
  readonly cosine: number;
}

/** One record of `scores.jsonl` and of the scores topic; docs/score-record.md explains each field. */
export interface ScoreRecord {
  readonly survey: string;
  readonly objectId: string;
  readonly alertId: string | null;
  readonly mjdTai: MjdTai;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly revision: number;
  readonly cause: ScoreCause;
  readonly mask: ModalityMask;
  /** Points and bands that the score saw. */
  readonly points: number;
  readonly bands: string;
  readonly novelty: {
    /** Probability of a score at least this novel among known objects; `null` until the release is calibrated. */
    readonly pValue: number | null;
    readonly falseAlarmsPerNight: number | null;
    /** Raw score by detector; larger is more novel. */
    readonly detectors: Readonly<Record<string, number>>;
  };
  readonly neighbours: readonly Neighbour[];
  readonly release: string;
  readonly source: SourcePosition;
  /** `null` in a replay: nothing there depends on the clock. */
  readonly latencyMs: { readonly fromExposure: number; readonly inPipeline: number } | null;
}
