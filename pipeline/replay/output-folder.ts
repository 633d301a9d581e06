import { open, mkdir, readFile, rename, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, jsonText, outputFailure, systemErrorCode } from '../../core/index.ts';
import type { ArchiveInput } from '../../streams/index.ts';
import { LINE_FILES, parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint, LineFile } from './checkpoint.ts';

const FILE_NAMES: Readonly<Record<LineFile, string>> = {
  scores: 'scores.jsonl',
  deadLetters: 'dead-letters.jsonl',
  tooLate: 'too-late.jsonl',
  finishedInputs: 'finished-inputs.jsonl',
};
const CHECKPOINT = 'checkpoint.json';
/** Lines are handed to the system in pieces of about this size. */
const WRITE_CHARACTERS = 1024 * 1024;

/** Records of one commit, by file. */
export type Lines = Readonly<Partial<Record<LineFile, readonly unknown[]>>>;

/** How far earlier calls have come in an output folder. */
export interface FolderProgress {
  readonly folder: string;
  readonly checkpoint: Checkpoint | null;
  /** Inputs that earlier calls have read to their end. */
  readonly finished: readonly ArchiveInput[];
}

/** An output folder as its last checkpoint left it. */
export interface OpenedFolder extends FolderProgress {
  readonly output: OutputFolder;
}

/**
 * A run's folder. Records become part of it with the checkpoint that follows them: what a crash left behind the last
 * checkpoint is cut off when the folder is opened again, so each record is there once.
 */
export class OutputFolder {
  readonly folder: string;
  readonly #handles: Readonly<Record<LineFile, FileHandle>>;
  readonly #bytes: Record<LineFile, number>;

  private constructor(
    folder: string,
    handles: Record<LineFile, FileHandle>,
    bytes: Record<LineFile, number>,
  ) {
    this.folder = folder;
    this.#handles = handles;
    this.#bytes = bytes;
  }

  /**
   * Makes a folder unless it is there, and reads how far earlier calls have come. Changes nothing in it: another process
   * may be writing.
   *
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  static prepare(folder: string): Promise<FolderProgress> {
    return guarded(folder, async () => {
      await makeFolder(folder);
      const checkpoint = await readCheckpoint(folder);
      if (checkpoint === null) await requireNoRecords(folder);
      const finished = await readFinished(folder, checkpoint?.bytes.finishedInputs ?? 0);
      return { folder, checkpoint, finished };
    });
  }

  /**
   * Opens a folder for writing and brings its files back to its last checkpoint. The caller sees to it that no other
   * process writes there.
   *
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  static async open(folder: string): Promise<OpenedFolder> {
    const progress = await OutputFolder.prepare(folder);
    return guarded(folder, async () => {
      const bytes = {
        scores: 0,
        deadLetters: 0,
        tooLate: 0,
        finishedInputs: 0,
        ...progress.checkpoint?.bytes,
      };
      const handles: Partial<Record<LineFile, FileHandle>> = {};
      try {
        for (const file of LINE_FILES)
          handles[file] = await openAt(path.join(folder, FILE_NAMES[file]), bytes[file]);
      } catch (error) {
        for (const handle of Object.values(handles)) await handle.close();
        throw error;
      }
      const output = new OutputFolder(folder, handles as Record<LineFile, FileHandle>, bytes);
      return { ...progress, output };
    });
  }

  /** Appends records and makes them part of the folder together with the progress that they stand for. */
  async commit(lines: Lines, progress: Omit<Checkpoint, 'bytes'>): Promise<void> {
    await guarded(this.folder, async () => {
      for (const file of LINE_FILES) {
        const records = lines[file] ?? [];
        if (records.length === 0) continue;
        for (const text of texts(records)) {
          const bytes = Buffer.from(text);
          await this.#handles[file].appendFile(bytes);
          this.#bytes[file] += bytes.byteLength;
        }
        await this.#handles[file].datasync();
      }
      await this.writeJson(CHECKPOINT, { ...progress, bytes: { ...this.#bytes } } satisfies Checkpoint);
    });
  }

  /** Writes a whole file so that a reader sees the old or the new one, never a part. */
  async writeJson(name: string, value: unknown): Promise<void> {
    await guarded(this.folder, async () => {
      const file = path.join(this.folder, name);
      const handle = await open(`${file}.partial`, 'w');
      try {
        await handle.writeFile(`${jsonText(value, 1)}\n`);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      await rename(`${file}.partial`, file);
    });
  }

  async close(): Promise<void> {
    for (const file of LINE_FILES) await this.#handles[file].close();
  }
}

/** Lines of records, so many at a time as reach `WRITE_CHARACTERS`: those of dead letters can be very long. */
function* texts(records: readonly unknown[]): Generator<string, void, undefined> {
  let text = '';
  for (const record of records) {
    text += `${jsonText(record)}\n`;
    if (text.length < WRITE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    // On a read-only file system Node says ENOENT of a folder with its parents, and what is true of it alone.
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    await mkdir(folder);
  }
}

async function readCheckpoint(folder: string): Promise<Checkpoint | null> {
  const file = path.join(folder, CHECKPOINT);
  try {
    return parseCheckpoint(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** @param bytes committed length of the file: what lies beyond does not count */
/** Refuses a folder whose records no checkpoint speaks for: they would be cut off. */
async function requireNoRecords(folder: string): Promise<void> {
  for (const file of Object.values(FILE_NAMES)) {
    const { size } = await stat(path.join(folder, file)).catch(() => ({ size: 0 }));
    if (size === 0) continue;
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot begin in "${folder}" as it holds records without a checkpoint: current value is ${size} bytes in "${file}"; take another --out`,
    );
  }
}

async function readFinished(folder: string, bytes: number): Promise<readonly ArchiveInput[]> {
  if (bytes === 0) return [];
  const content = await readFile(path.join(folder, FILE_NAMES.finishedInputs));
  return content
    .subarray(0, bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ArchiveInput);
}

/** Opens a file for appending behind its first `bytes`, dropping what lies beyond. */
async function openAt(file: string, bytes: number): Promise<FileHandle> {
  const handle = await open(file, 'a');
  const { size } = await stat(file);
  if (size < bytes) {
    await handle.close();
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot go on in "${file}" as it is shorter than its checkpoint says: current value is ${size} of ${bytes} bytes`,
    );
  }
  await handle.truncate(bytes);
  return handle;
}

/** Names the folder in every failure of the file system. */
async function guarded<T>(folder: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw outputFailure(cause, folder);
  }
}
