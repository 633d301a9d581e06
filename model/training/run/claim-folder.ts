import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  claimText,
  createClaim,
  dropClaim,
  liveClaim,
  outputFailure,
  PipelineError,
  systemErrorCode,
} from '../../../core/index.ts';
import type { WriterClaim } from '../../../core/index.ts';

const CLAIM = 'in-use.json';

/**
 * Makes a folder this process's alone, until it is given back or the process is gone.
 *
 * @returns gives it back
 * @throws PipelineError OUTPUT_UNUSABLE if another process has it, or it cannot be written; OUTPUT_NO_SPACE
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const file = path.join(folder, CLAIM);
  const claim = createClaim();
  try {
    await take(file, claim);
  } catch (cause) {
    dropClaim(claim);
    throw outputFailure(cause, folder);
  }
  return async () => {
    dropClaim(claim);
    await rm(file, { force: true });
  };
}

async function take(file: string, claim: WriterClaim): Promise<void> {
  const own = `${file}.${claim.pid}-${claim.opening}`;
  await writeFile(own, claimText(claim));
  try {
    while (!(await linked(own, file))) {
      const other = liveClaim(await readFile(file, 'utf8').catch(() => ''), claim);
      if (other !== null)
        throw new PipelineError(
          'OUTPUT_UNUSABLE',
          `Cannot write to "${path.dirname(file)}" as another process is at work there: current value is process ${other.pid}`,
        );
      await rm(file, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Gives a file a second name, whole, unless that is taken. */
async function linked(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
