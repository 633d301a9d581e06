import { setImmediate } from 'node:timers/promises';
import { extract } from 'tar-stream';
import { SourceFault } from '../avro/byte-reader.ts';
import type { ByteChunks } from '../avro/byte-reader.ts';

export interface TarMember {
  readonly name: string;
  readonly byteLength: number;
  /**
   * Its bytes, to be read before the next member is asked for; what is not read is passed over.
   *
   * @throws SourceFault where the archive ends or breaks within it, after all that is there was given
   */
  readonly bytes: ByteChunks;
}

const BLOCK_BYTES = 512;

/** A member as it comes out of tar-stream. */
interface Entry {
  readonly name: string;
  readonly byteLength: number;
  readonly chunks: Uint8Array[];
  isComplete: boolean;
}

/**
 * The regular files of a tar, one after another, none of it kept. tar-stream is fed one chunk at a time and
 * let to settle, with nothing piped: so all bytes before damage are given, the same ones every time.
 *
 * @throws SourceFault where the archive ends or breaks between members
 */
export async function* tarMembers(chunks: ByteChunks): AsyncGenerator<TarMember, void> {
  const feeder = new TarFeeder(chunks);
  try {
    for (let entry = await feeder.entry(); entry !== null; entry = await feeder.entry()) {
      yield { name: entry.name, byteLength: entry.byteLength, bytes: feeder.bytesOf(entry) };
      await feeder.pass(entry);
    }
  } finally {
    await feeder.close();
  }
}

class TarFeeder {
  readonly #source: AsyncIterator<Uint8Array, unknown>;
  readonly #extract = extract();
  readonly #entries: Entry[] = [];
  #fault: SourceFault | null = null;
  /** The fault was thrown within a member: it is not thrown again after it. */
  #isFaultTold = false;
  #fedBytes = 0;
  /** Zeros that the bytes so far end with: a whole tar ends with at least a block of them. */
  #trailingZeros = 0;
  /** Bytes up to the end of the last member that has begun. */
  #memberEnd = 0;

  constructor(chunks: ByteChunks) {
    this.#source = chunks[Symbol.asyncIterator]();
    this.#extract.on('entry', (header, stream, next) => {
      const isFile = header.type === 'file' || header.type === 'contiguous-file';
      const entry: Entry = { name: header.name, byteLength: header.size, chunks: [], isComplete: false };
      if (isFile) this.#entries.push(entry);
      this.#memberEnd = (header as { readonly byteOffset?: number }).byteOffset ?? 0;
      this.#memberEnd += entry.byteLength;
      stream.on('data', (chunk) => {
        if (isFile) entry.chunks.push(chunk as Uint8Array);
      });
      stream.on('end', () => {
        entry.isComplete = true;
        next();
      });
      stream.on('error', () => undefined);
    });
    this.#extract.on('error', (error: Error) => {
      this.#fault ??= new SourceFault('ARCHIVE_CORRUPT', `Cannot read the tar: ${error.message}`, {
        cause: error,
      });
    });
  }

  /** The next regular file; `null` at the end. */
  async entry(): Promise<Entry | null> {
    while (this.#entries.length === 0) {
      if (!(await this.#feed())) {
        if (this.#fault !== null && !this.#isFaultTold) throw this.#fault;
        return null;
      }
    }
    return this.#entries.shift() ?? null;
  }

  async *bytesOf(entry: Entry): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      yield* entry.chunks.splice(0);
      if (entry.isComplete) return;
      if (await this.#feed()) continue;
      this.#isFaultTold = true;
      throw this.#fault ?? cutOff();
    }
  }

  /** Passes over what was not read of a member. */
  async pass(entry: Entry): Promise<void> {
    while (!entry.isComplete) {
      entry.chunks.length = 0;
      if (!(await this.#feed())) return;
    }
    entry.chunks.length = 0;
  }

  async close(): Promise<void> {
    this.#extract.destroy();
    await this.#source.return?.();
  }

  /** One more chunk; false at the end of the archive, or at damage. */
  async #feed(): Promise<boolean> {
    if (this.#fault !== null) return false;
    try {
      const next = await this.#source.next();
      if (next.done !== true) {
        const { value } = next;
        this.#fedBytes += value.length;
        this.#trailingZeros = trailingZeros(value, this.#trailingZeros);
        this.#extract.write(value);
        await setImmediate();
        return true;
      }
      if (this.#fedBytes < this.#memberEnd || this.#trailingZeros < BLOCK_BYTES) this.#fault = cutOff();
    } catch (error) {
      if (!(error instanceof SourceFault)) throw error;
      this.#fault = error;
    }
    return false;
  }
}

function cutOff(): SourceFault {
  return new SourceFault('ARCHIVE_TRUNCATED', 'Cannot read the tar to its end: it is cut off');
}

function trailingZeros(chunk: Uint8Array, before: number): number {
  const last = chunk.findLastIndex((byte) => byte !== 0);
  return last < 0 ? before + chunk.length : chunk.length - 1 - last;
}
