import { createReadStream } from 'node:fs';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import { letterOfJson } from './stored-letter.ts';
import type { StoredLetter } from './stored-letter.ts';

const NEWLINE = 0x0a;
/** A packet of 16 MiB as base64, and what else a line has, many times over; a longer line is none of ours. */
const LINE_BYTES_MAX = 256 * 1024 * 1024;

/** A line of a file of letters. */
export interface LetterLine {
  /** Zero-based. */
  readonly index: number;
  /** With its end. */
  readonly byteLength: number;
  readonly letter: StoredLetter;
}

/**
 * The letters of a file, one line in memory at a time.
 *
 * @param options.bytesMax length of the file as far as it counts; `null` for all of it
 * @param options.name the file as the letters' places name it
 * @throws PipelineError INPUT_NOT_FOUND; INPUT_UNREADABLE naming a line that is no letter
 */
export async function* readLetterLines(
  file: string,
  options: { readonly bytesMax: number | null; readonly name: string },
): AsyncGenerator<LetterLine, void> {
  if (options.bytesMax === 0) return;
  let index = 0;
  for await (const line of linesOf(file, options.bytesMax)) {
    const place = { file: options.name, index };
    const letter = letterOfJson(line.toString('utf8'), { place, atMs: null });
    if (letter === null) {
      throw new PipelineError(
        'INPUT_UNREADABLE',
        `Cannot read "${file}" as dead letters: its line ${index + 1} is none`,
      );
    }
    yield { index, byteLength: line.length + 1, letter };
    index++;
  }
}

async function* linesOf(file: string, bytesMax: number | null): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let held = 0;
  const end = bytesMax === null ? {} : { end: bytesMax - 1 };
  try {
    for await (const read of createReadStream(file, { ...end, highWaterMark: 1024 * 1024 })) {
      let rest = read as Buffer;
      for (let at = rest.indexOf(NEWLINE); at !== -1; at = rest.indexOf(NEWLINE)) {
        yield Buffer.concat([...pieces, rest.subarray(0, at)]);
        rest = rest.subarray(at + 1);
        pieces = [];
        held = 0;
      }
      held += rest.length;
      if (held > LINE_BYTES_MAX) {
        throw new PipelineError(
          'INPUT_UNREADABLE',
          `Cannot read "${file}" as lines of at most ${LINE_BYTES_MAX} bytes: one is longer`,
        );
      }
      if (rest.length > 0) pieces.push(rest);
    }
  } catch (cause) {
    if (systemErrorCode(cause) === null || cause instanceof PipelineError) throw cause;
    const isGone = systemErrorCode(cause) === 'ENOENT';
    throw new PipelineError(
      isGone ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      `Cannot read "${file}" as dead letters: ${isGone ? 'there is no such file' : String(systemErrorCode(cause))}`,
      { cause },
    );
  }
  if (held > 0) yield Buffer.concat(pieces);
}
