import { stat } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError } from '../../core/index.ts';
import type { ArchiveInput } from '../../streams/index.ts';
import { OutputFolder } from '../replay/output-folder.ts';

/** Name of the file of dead letters in the folder of a replay. */
export const LETTERS_FILE = 'dead-letters.jsonl';

/** A file of dead letters, as far as it counts. */
export interface LetterFile {
  readonly file: string;
  /** As the letters' places name it. */
  readonly name: string;
  /** `null` for all of it. */
  readonly bytesMax: number | null;
}

/** The letters of a replay's folder, as its last checkpoint left them. */
export interface ReplayLetters extends LetterFile {
  /** Inputs that earlier calls have taken to their end. */
  readonly finished: readonly ArchiveInput[];
}

/** @throws PipelineError INPUT_NOT_FOUND for a folder that holds no replay, OUTPUT_UNUSABLE */
export async function replayLetters(folder: string): Promise<ReplayLetters> {
  if (!(await holdsReplay(folder))) {
    throw new PipelineError(
      'INPUT_NOT_FOUND',
      `Cannot use the dead letters of "${folder}" as it must be the output folder of a replay: there is no checkpoint.json in it`,
    );
  }
  const { checkpoint, finished } = await OutputFolder.prepare(folder);
  const file = path.join(folder, LETTERS_FILE);
  return { file, name: LETTERS_FILE, bytesMax: checkpoint?.bytes.deadLetters ?? 0, finished };
}

/**
 * The replay that a path names: its folder, or the file of letters in it.
 *
 * @returns `null` for another file
 * @throws PipelineError INPUT_NOT_FOUND if there is nothing there
 */
export async function replayFolderOf(named: string): Promise<string | null> {
  const stats = await stat(named).catch((cause: unknown) => {
    throw new PipelineError('INPUT_NOT_FOUND', `Cannot read "${named}": there is no such file or folder`, {
      cause,
    });
  });
  if (stats.isDirectory()) return named;
  const folder = path.dirname(named);
  return path.basename(named) === LETTERS_FILE && (await holdsReplay(folder)) ? folder : null;
}

/** The letters that a path names: those of a replay, or any file of letters. */
export async function letterFile(named: string): Promise<LetterFile> {
  const folder = await replayFolderOf(named);
  return folder === null
    ? { file: named, name: path.basename(named), bytesMax: null }
    : replayLetters(folder);
}

function holdsReplay(folder: string): Promise<boolean> {
  return stat(path.join(folder, 'checkpoint.json')).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
