import { Metrics, PipelineError } from '../core/index.ts';
import type { Config } from '../core/index.ts';
import type { LetterBox, LetterDecoding, LetterSelection, LetterTopics } from '../pipeline/index.ts';
import type { PlaceFlags, ReplayLettersFlags } from './dlq.ts';
export function withTopicBox<T>(
  _call: {
    readonly config: Config;
    readonly metrics: Metrics;
    readonly decoding: LetterDecoding;
    readonly flags: PlaceFlags;
  },
  _use: (opened: { readonly box: LetterBox; readonly topics: LetterTopics }) => Promise<T>,
): Promise<T> {
  throw new PipelineError('CONFIG_INVALID', 'x');
}
export function replayTopicLetters(_call: {
  readonly config: Config;
  readonly selection: LetterSelection;
  readonly flags: ReplayLettersFlags;
}): Promise<void> {
  throw new PipelineError('CONFIG_INVALID', 'x');
}
