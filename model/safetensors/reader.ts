import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import { bytesOf, swapOnBigEndian } from '../endian.ts';
import type { Tensor, TensorData, TensorDType } from '../tensor.ts';
import { ELEMENT_BYTES, HEADER_BYTES_MAX, parseHeader, PREFIX_BYTES, tensorsInvalid } from './header.ts';
import type { StoredTensorInfo, TensorInfo } from './header.ts';

/** Elements of one tensor are read at once; more than this is refused as no buffer can hold it. */
const READ_BYTES_MAX = 2 ** 32;

const ALLOCATE: { readonly [D in TensorDType]: (length: number) => TensorData[D] } = {
  float32: (length) => new Float32Array(length),
  float64: (length) => new Float64Array(length),
  int64: (length) => new BigInt64Array(length),
  int32: (length) => new Int32Array(length),
  uint8: (length) => new Uint8Array(length),
  bool: (length) => new Uint8Array(length),
};

/**
 * An open safetensors file: the header is read and checked, tensors when asked for.
 *
 * @source https://github.com/huggingface/safetensors, format description in its README
 */
export class SafetensorsFile {
  readonly file: string;
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
    this.file = options.file;
    this.#dataStart = options.dataStart;
    this.#tensors = options.tensors;
  }

  /**
   * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE; TENSORS_INVALID if the file is not in the format
   */
  static async open(file: string): Promise<SafetensorsFile> {
    const handle = await openForReading(file);
    try {
      const { size } = await handle.stat();
      if (size < PREFIX_BYTES)
        throw tensorsInvalid(file, `it needs at least ${PREFIX_BYTES} bytes: current value is ${size}`);
      const prefix = await readBytes(handle, { file, position: 0, length: PREFIX_BYTES });
      const headerBytes = Buffer.from(prefix.buffer).readBigUInt64LE(0);
      const limit = Math.min(HEADER_BYTES_MAX, size - PREFIX_BYTES);
      if (headerBytes > BigInt(limit))
        throw tensorsInvalid(file, `its header may have ${limit} bytes: current value is ${headerBytes}`);
      const length = Number(headerBytes);
      const header = await readBytes(handle, { file, position: PREFIX_BYTES, length });
      const dataStart = PREFIX_BYTES + length;
      const tensors = parseHeader(header, { dataBytes: size - dataStart, file });
      return new SafetensorsFile(handle, { file, dataStart, tensors });
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Element type and shape of every tensor, by name. */
  get tensors(): ReadonlyMap<string, TensorInfo> {
    return this.#tensors;
  }

  /** A whole tensor. */
  read(name: string): Promise<Tensor> {
    const { shape, byteLength } = this.#info(name);
    return this.#readAt(name, { shape, first: 0, byteLength });
  }

  /**
   * Rows `first` … `first + count` − 1 along the first axis.
   *
   * @throws RangeError if the tensor has not as many
   */
  readRows(name: string, first: number, count: number): Promise<Tensor> {
    const { shape, byteLength } = this.#info(name);
    const [rows = 0, ...rest] = shape;
    if (first < 0 || count < 0 || first + count > rows)
      throw new RangeError(
        `Cannot read rows ${first} to ${first + count} of "${name}" as it has ${rows}: current file is "${this.file}"`,
      );
    const rowBytes = rows === 0 ? 0 : byteLength / rows;
    return this.#readAt(name, {
      shape: [count, ...rest],
      first: first * rowBytes,
      byteLength: count * rowBytes,
    });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  #info(name: string): StoredTensorInfo {
    const info = this.#tensors.get(name);
    if (info === undefined) throw tensorsInvalid(this.file, `it has no tensor "${name}"`);
    return info;
  }

  async #readAt(
    name: string,
    { shape, first, byteLength }: { shape: readonly number[]; first: number; byteLength: number },
  ): Promise<Tensor> {
    const { dtype, offset } = this.#info(name);
    if (byteLength > READ_BYTES_MAX)
      throw tensorsInvalid(
        this.file,
        `tensor "${name}" is read at once and may have ${READ_BYTES_MAX} bytes: current value is ${byteLength}`,
      );
    const data = ALLOCATE[dtype](byteLength / ELEMENT_BYTES[dtype]);
    const bytes = bytesOf(data);
    await readInto(this.#handle, { bytes, file: this.file, position: this.#dataStart + offset + first });
    swapOnBigEndian(bytes, ELEMENT_BYTES[dtype]);
    // ALLOCATE ties the array's type to the element type.
    return { dtype, shape, data } as Tensor;
  }
}

/**
 * Every tensor of a file, in memory.
 *
 * @throws PipelineError as `SafetensorsFile.open()`
 */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, Tensor>> {
  const opened = await SafetensorsFile.open(file);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of opened.tensors.keys()) tensors.set(name, await opened.read(name));
    return tensors;
  } finally {
    await opened.close();
  }
}

async function openForReading(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT')
      throw new PipelineError('INPUT_NOT_FOUND', `Cannot read "${file}" as there is no such file`, { cause });
    throw unreadable(file, cause);
  }
}

async function readBytes(
  handle: FileHandle,
  { file, position, length }: { readonly file: string; readonly position: number; readonly length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await readInto(handle, { bytes, file, position });
  return bytes;
}

/** Fills `bytes` from a position; one read may give less than was asked. */
async function readInto(
  handle: FileHandle,
  { bytes, file, position }: { readonly bytes: Uint8Array; readonly file: string; readonly position: number },
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    // Reads of 2 GiB and more fail on Linux.
    const length = Math.min(bytes.length - done, 2 ** 30);
    const { bytesRead } = await handle.read(bytes, done, length, position + done).catch((cause: unknown) => {
      throw unreadable(file, cause);
    });
    if (bytesRead === 0) throw tensorsInvalid(file, 'it became shorter while it was read');
    done += bytesRead;
  }
}

function unreadable(file: string, cause: unknown): PipelineError {
  const why = systemErrorCode(cause) ?? String(cause);
  return new PipelineError('INPUT_UNREADABLE', `Cannot read "${file}" as the system refused: ${why}`, {
    cause,
  });
}
