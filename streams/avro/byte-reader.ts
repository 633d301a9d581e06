import type { ErrorCode } from '../../core/index.ts';

/**
 * The source of bytes is damaged (a cut or corrupt archive around them): thrown by iterables of bytes, a
 * value above them.
 */
export class SourceFault extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, reason: string, options?: { readonly cause?: unknown }) {
    super(reason, options);
    this.code = code;
  }
}

export type ByteChunks = AsyncIterable<Uint8Array>;

const EMPTY = Buffer.alloc(0);

/**
 * A cursor over bytes that arrive in pieces; only what was asked for and not yet taken is kept. Where the
 * source breaks off, the reader ends there and `fault` says why.
 */
export class ByteReader {
  #buffered: Buffer;
  #source: AsyncIterator<Uint8Array, unknown> | null;
  #position = 0;
  #fault: SourceFault | null = null;

  /** @param head bytes that come before those of `chunks` */
  constructor(head: Uint8Array, chunks: ByteChunks | null = null) {
    this.#buffered = asBuffer(head);
    this.#source = chunks === null ? null : chunks[Symbol.asyncIterator]();
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.#position;
  }

  /** Bytes that can be taken without waiting. */
  get available(): number {
    return this.#buffered.length;
  }

  get fault(): SourceFault | null {
    return this.#fault;
  }

  /** Waits until at least `byteLength` bytes can be taken; false if the source ends before. */
  async fill(byteLength: number): Promise<boolean> {
    if (this.#buffered.length >= byteLength) return true;
    if (this.#source === null) return false;
    const pieces = [this.#buffered];
    let total = this.#buffered.length;
    while (total < byteLength) {
      const piece = await this.#next();
      if (piece === null) break;
      pieces.push(piece);
      total += piece.length;
    }
    if (pieces.length > 1) this.#buffered = Buffer.concat(pieces, total);
    return total >= byteLength;
  }

  /** What is there, not taken. */
  peek(): Buffer {
    return this.#buffered;
  }

  /**
   * Takes bytes that are there.
   *
   * @throws RangeError if fewer are
   */
  take(byteLength: number): Buffer {
    if (byteLength > this.#buffered.length) throw new RangeError('Cannot take more bytes than are there');
    const taken = this.#buffered.subarray(0, byteLength);
    this.#buffered = this.#buffered.subarray(byteLength);
    this.#position += byteLength;
    return taken;
  }

  /** Everything that is left, as it arrives; throws the source's fault where it breaks off. */
  async *rest(): AsyncGenerator<Uint8Array, void> {
    while (this.#buffered.length > 0 || (await this.fill(1))) yield this.take(this.#buffered.length);
    if (this.#fault !== null) throw this.#fault;
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    const source = this.#source;
    this.#source = null;
    this.#buffered = EMPTY;
    await source?.return?.();
  }

  async #next(): Promise<Buffer | null> {
    if (this.#source === null) return null;
    try {
      const next = await this.#source.next();
      if (next.done !== true) return asBuffer(next.value);
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error;
      this.#fault = error;
    }
    this.#source = null;
    return null;
  }
}

/** The same bytes as a Buffer, not copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
