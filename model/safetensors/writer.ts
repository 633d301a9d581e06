import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { outputFailure } from '../../core/index.ts';
import { littleEndianBytes } from '../endian.ts';
import type { Tensor, Tensors } from '../tensor.ts';
import { ELEMENT_BYTES, formatHeader, layOut, PREFIX_BYTES } from './header.ts';
import type { StoredTensorInfo, TensorInfo } from './header.ts';

/**
 * A safetensors file that is filled row by row, so that it need not fit in memory. It has its name only when it is
 * finished; until then, and after a failure, there is no file of that name.
 */
export class SafetensorsWriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #dataStart: number;
  readonly #tensors: ReadonlyMap<string, StoredTensorInfo>;

  private constructor(
    handle: FileHandle,
    options: {
      readonly file: string;
      readonly dataStart: number;
      readonly tensors: ReadonlyMap<string, StoredTensorInfo>;
    },
  ) {
    this.#handle = handle;
    this.#file = options.file;
    this.#dataStart = options.dataStart;
    this.#tensors = options.tensors;
  }

  /**
   * @param infos element type and shape of each tensor to come
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  static async create(file: string, infos: ReadonlyMap<string, TensorInfo>): Promise<SafetensorsWriter> {
    const tensors = layOut(infos);
    const header = formatHeader(tensors);
    const prefix = Buffer.alloc(PREFIX_BYTES);
    prefix.writeBigUInt64LE(BigInt(header.length));
    const dataStart = PREFIX_BYTES + header.length;
    const last = [...tensors.values()].at(-1);
    const handle = await open(partialOf(file), 'w').catch((cause: unknown) => {
      throw outputFailure(cause, file);
    });
    const writer = new SafetensorsWriter(handle, { file, dataStart, tensors });
    try {
      await writer.#writeAt(new Uint8Array(prefix), 0);
      await writer.#writeAt(header, PREFIX_BYTES);
      await handle.truncate(dataStart + (last === undefined ? 0 : last.offset + last.byteLength));
      return writer;
    } catch (cause) {
      await writer.discard();
      throw outputFailure(cause, file);
    }
  }

  /** Writes rows from `first` on along the first axis; rows that are never written are zero. */
  async writeRows(name: string, first: number, rows: Tensor): Promise<void> {
    const info = this.#tensors.get(name);
    const [count = 1, ...rest] = info?.shape ?? [];
    const [written = 1, ...restWritten] = rows.shape;
    if (
      info === undefined ||
      info.dtype !== rows.dtype ||
      rest.join() !== restWritten.join() ||
      first < 0 ||
      first + written > count
    )
      throw new RangeError(
        `Cannot write rows ${first} to ${first + written} of "${name}" as its shape must be ` +
          `[${info?.shape.join(', ') ?? 'none'}]: current value is ${rows.dtype}[${rows.shape.join(', ')}]`,
      );
    const rowBytes = count === 0 ? 0 : info.byteLength / count;
    const bytes = littleEndianBytes(rows.data, ELEMENT_BYTES[rows.dtype]);
    await this.#writeAt(bytes, this.#dataStart + info.offset + first * rowBytes).catch((cause: unknown) => {
      throw outputFailure(cause, this.#file);
    });
  }

  /** Makes the file durable and gives it its name. */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(partialOf(this.#file), this.#file);
    } catch (cause) {
      throw outputFailure(cause, this.#file);
    }
  }

  /** Gives up: nothing is left behind. */
  async discard(): Promise<void> {
    await this.#handle.close();
    await rm(partialOf(this.#file), { force: true });
  }

  async #writeAt(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(bytes.length - done, 2 ** 30);
      const { bytesWritten } = await this.#handle.write(bytes, done, length, position + done);
      done += bytesWritten;
    }
  }
}

/** Writes tensors to a file, which appears whole or not at all. The same tensors give the same bytes. */
export async function writeSafetensors(file: string, tensors: Tensors): Promise<void> {
  const writer = await SafetensorsWriter.create(file, tensors);
  try {
    for (const [name, tensor] of tensors) await writer.writeRows(name, 0, tensor);
    await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function partialOf(file: string): string {
  return `${file}.partial`;
}
