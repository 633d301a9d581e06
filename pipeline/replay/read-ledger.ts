import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import type { LedgerReport } from '../ledger.ts';
import { parseCheckpoint } from './checkpoint.ts';

/**
 * The ledger of a replay's output folder as far as it is committed, also while the replay lasts or after it was cut short.
 *
 * @throws PipelineError INPUT_NOT_FOUND if the folder holds no replay; INPUT_UNREADABLE; OUTPUT_UNUSABLE if its checkpoint
 *   is of another version
 */
export async function readReplayLedger(folder: string): Promise<LedgerReport> {
  const file = path.join(folder, 'checkpoint.json');
  try {
    return parseCheckpoint(await readFile(file, 'utf8'), file).ledger;
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === null) throw cause;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new PipelineError(
        'INPUT_NOT_FOUND',
        `Cannot find a replay in "${folder}": there is no checkpoint.json`,
      );
    throw new PipelineError('INPUT_UNREADABLE', `Cannot read "${file}": ${code}`, { cause });
  }
}
