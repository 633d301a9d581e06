import { rename, rm, writeFile } from 'node:fs/promises';
import { outputFailure } from '../../core/index.ts';

/**
 * Writes a small file, which appears whole or not at all.
 *
 * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function writeText(file: string, text: string): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, text, { flush: true });
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true });
    throw outputFailure(cause, file);
  }
}
