import { PipelineError } from '../../core/index.ts';
import type { ErrorCode } from '../../core/index.ts';

/** For `assert.rejects`: an operational failure with this code, whose message has these words. */
export function hasCode(code: ErrorCode, ...words: readonly string[]): (error: unknown) => boolean {
  return (error) =>
    error instanceof PipelineError &&
    error.code === code &&
    words.every((word) => error.message.includes(word));
}
