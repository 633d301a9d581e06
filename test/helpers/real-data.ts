import { existsSync } from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** The folder with `data/` and `reference/`: NIGHTJAR_TEST_DATA, or `shared` beside the repository. */
export const REAL_DATA_ROOT = path.resolve(
  process.env['NIGHTJAR_TEST_DATA'] ?? path.join(import.meta.dirname, '..', '..', '..', '..', 'shared'),
);

/**
 * Path of real data for a test; without them the test is skipped and says so, or fails where NIGHTJAR_REQUIRE_DATA=1.
 *
 * @param parts below the root: `'data', 'alerts', 'ztf'`
 */
export function realData(context: TestContext, ...parts: string[]): string | null {
  const wanted = path.join(REAL_DATA_ROOT, ...parts);
  if (existsSync(wanted)) return wanted;
  const why = `no real data at "${wanted}": set NIGHTJAR_TEST_DATA to the folder that holds data/ and reference/`;
  if (process.env['NIGHTJAR_REQUIRE_DATA'] === '1') throw new Error(`Cannot run as required: ${why}`);
  context.skip(why);
  return null;
}
