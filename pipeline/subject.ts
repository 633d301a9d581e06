import type { MjdTai, ScoreCause, SourcePosition, SurveyId } from '../core/index.ts';
import type { ObjectView } from '../streams/index.ts';

/** One object at one revision that is to be scored, and what made it so. */
export interface Subject {
  readonly view: ObjectView;
  readonly cause: ScoreCause;
  /** The alert that the score is about: the one that came, or the object's newest for any other cause. */
  readonly alert: {
    readonly alertId: SurveyId | null;
    readonly mjdTai: MjdTai;
    readonly raDeg: number;
    readonly decDeg: number;
  };
  readonly source: SourcePosition;
}

/** True if a light curve has enough measurements (detections and forced photometry) to be scored. */
export function isScorable(view: ObjectView, pointsMin: number): boolean {
  let measured = 0;
  for (const point of view.lightCurve.points) if (point.kind !== 'upperLimit') measured++;
  return measured >= pointsMin;
}
