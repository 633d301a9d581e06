/** Lengths that batches of tokens are padded to; a release's `tokensMax` ends them. */
const LENGTHS = [16, 32, 64, 128] as const;

/**
 * Length that a light curve's tokens are padded to: the least that holds them. It follows from the light curve alone, so
 * that its embedding does not depend on its batch.
 *
 * On one CPU core an object costs 0.06 ms at 16, 0.11 at 32, 0.23 at 64, 0.5 at 128 and 0.8–1.2 at 192.
 *
 * @param tokenCount 1 … tokensMax
 */
export function bucketLength(tokenCount: number, tokensMax: number): number {
  return Math.min(tokensMax, LENGTHS.find((length) => length >= tokenCount) ?? tokensMax);
}
