import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
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

/** A folder that is this process's alone. */
export interface FolderClaim {
  /**
   * To be called before a write that another process must not see undone.
   *
   * @throws PipelineError OUTPUT_UNUSABLE if another process has taken the folder over
   */
  requireOwn(): Promise<void>;
  /** Gives the folder back, unless another process has it by now. */
  close(): Promise<void>;
}

/**
 * Makes a folder this process's alone, until it is given back or the process is gone.
 *
 * @throws PipelineError OUTPUT_UNUSABLE if another process has it, or it cannot be written; OUTPUT_NO_SPACE
 */
export async function claimFolder(folder: string): Promise<FolderClaim> {
  const file = path.join(folder, CLAIM);
  const claim = createClaim();
  try {
    await take(file, claim);
  } catch (cause) {
    dropClaim(claim);
    throw outputFailure(cause, folder);
  }
  const isOwn = async (): Promise<boolean> => (await textOf(file)) === claimText(claim);
  return {
    requireOwn: async () => {
      if (await isOwn()) return;
      throw new PipelineError(
        'OUTPUT_UNUSABLE',
        `Cannot write to "${folder}" as another process has taken it over: "${CLAIM}" is no longer this process's`,
      );
    },
    close: async () => {
      dropClaim(claim);
      if (await isOwn()) await rm(file, { force: true });
    },
  };
}

async function take(file: string, claim: WriterClaim): Promise<void> {
  const own = `${file}.${claim.pid}-${claim.opening}`;
  await writeFile(own, claimText(claim));
  try {
    while (!(await linked(own, file))) {
      const found = await textOf(file);
      const other = liveClaim(found ?? '', claim);
      if (other !== null)
        throw new PipelineError(
          'OUTPUT_UNUSABLE',
          `Cannot write to "${path.dirname(file)}" as another process is at work there: current value is process ${other.pid}`,
        );
      if (found !== null) await removeStale(file, found, `${own}-stale`);
    }
  } finally {
    await rm(own, { force: true });
  }
}

/**
 * Removes a claim, and no other one that has taken its place since it was read.
 *
 * @param aside a name that no other process uses
 */
async function removeStale(file: string, stale: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  // Where a third process has claimed in between, the one that was moved finds out with its next `requireOwn`.
  if ((await textOf(aside)) !== stale) await linked(aside, file);
  await rm(aside, { force: true });
}

/** `null` if there is no such file. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
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
