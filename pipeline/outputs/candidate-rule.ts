import { PipelineError } from '../../core/index.ts';
import type { Config, ScoreRecord } from '../../core/index.ts';

/** True for the records that are candidates. */
export type CandidateRule = (record: ScoreRecord) => boolean;

/**
 * Candidates are records whose p-value is at most `pValueMax`, where that is configured and the release is calibrated;
 * else those whose score by `detector` is at least `scoreMin`.
 *
 * @param detectors names of those that score
 * @throws PipelineError CONFIG_INVALID if `detector` is none of them
 */
export function createCandidateRule(
  candidates: Config['candidates'],
  detectors: readonly string[],
): CandidateRule {
  const { detector, scoreMin, pValueMax } = candidates;
  if (!detectors.includes(detector)) {
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot choose candidates as candidates.detector must be one of ${detectors.join(', ')}: current value is "${detector}"`,
    );
  }
  return ({ novelty }) => {
    if (pValueMax !== null && novelty.pValue !== null) return novelty.pValue <= pValueMax;
    const score = novelty.detectors[detector];
    return score !== undefined && score >= scoreMin;
  };
}
