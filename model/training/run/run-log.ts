import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { outputFailure, PipelineError } from '../../../core/index.ts';
import type { MetricValues } from '../../sessions/training-protocol.ts';

/** One line of `metrics.jsonl`. Steps and epochs count from 1. */
export type RunLine =
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      /** What the loss is a sum of, by name. */
      readonly parts: MetricValues;
      readonly gradientNorm: number;
      readonly learningRate: number;
      readonly samplesPerSecond: number;
    }
  | {
      readonly kind: 'epoch';
      readonly step: number;
      readonly epoch: number;
      /** Mean over the epoch's steps. */
      readonly trainingLoss: number;
      /** Null where nothing is validated. */
      readonly validationLoss: number | null;
      readonly validationParts: MetricValues;
      readonly isBest: boolean;
    };

/** `metrics.jsonl`: what was measured, line by line. Lines beyond the last checkpoint do not count. */
export class RunLog {
  readonly #file: string;
  readonly #handle: FileHandle;
  #bytes: number;

  private constructor(file: string, handle: FileHandle, bytes: number) {
    this.#file = file;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /**
   * Opens the file for appending, cut back to its committed length.
   *
   * @throws PipelineError OUTPUT_UNUSABLE if it is shorter, or cannot be written; OUTPUT_NO_SPACE
   */
  static async open(file: string, bytes: number): Promise<RunLog> {
    try {
      const handle = await open(file, 'a');
      try {
        await cut(handle, file, bytes);
      } catch (error) {
        await handle.close().catch(() => undefined);
        throw error;
      }
      return new RunLog(file, handle, bytes);
    } catch (cause) {
      throw outputFailure(cause, file);
    }
  }

  async append(line: RunLine): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      await this.#handle.appendFile(bytes);
    } catch (cause) {
      throw outputFailure(cause, this.#file);
    }
    this.#bytes += bytes.byteLength;
  }

  /** Makes what was appended last. @returns the length of the file */
  async commit(): Promise<number> {
    try {
      await this.#handle.datasync();
    } catch (cause) {
      throw outputFailure(cause, this.#file);
    }
    return this.#bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function cut(handle: FileHandle, file: string, bytes: number): Promise<void> {
  const { size } = await handle.stat();
  if (size < bytes)
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot go on in "${file}" as it is shorter than its checkpoint says: current value is ${size} of ${bytes} bytes`,
    );
  await handle.truncate(bytes);
}

/**
 * The lines of a file that was written by `RunLog`.
 *
 * @throws PipelineError OUTPUT_UNUSABLE naming a line that is damaged
 */
export async function* readRunLines(file: string): AsyncGenerator<RunLine, void, undefined> {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file, 'utf8') }))
    yield runLineOf(line, `${file}:${++number}`);
}

function runLineOf(text: string, place: string): RunLine {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed) return parsed as RunLine;
  } catch (cause) {
    throw damaged(place, cause);
  }
  throw damaged(place);
}

function damaged(place: string, cause?: unknown): PipelineError {
  const message = `Cannot go on in "${place}" as the line is damaged`;
  return new PipelineError('OUTPUT_UNUSABLE', message, { cause });
}
