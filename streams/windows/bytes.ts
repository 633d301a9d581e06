import { crc32 } from 'node:zlib';
import { compressSync, uncompressSync } from 'snappy';
import type { SurveyId } from '../../core/index.ts';
import { PipelineError } from '../../core/index.ts';

const FIRST_CAPACITY_BYTES = 8192;
const CHECKSUM_BYTES = 4;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** First byte of what a writer finished. */
const FORMS = { plain: 1, snappy: 2 } as const;
/**
 * Shorter data stay as they are. Snappy takes 14 µs for an object of 30 points and halves it; the whole store
 * shrinks as much, since values below half a page share pages.
 */
const COMPRESSED_BYTES_MIN = 1024;

/** How an identifier is written. */
const ID_TAGS = { none: 0, int64: 1, text: 2, digits: 3 } as const;

/** Appends numbers and texts to a buffer that grows; little endian. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(FIRST_CAPACITY_BYTES);
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  #reserve(byteLength: number): number {
    const at = this.#length;
    this.#length += byteLength;
    if (this.#length > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer, grown.byteOffset, grown.length);
    }
    return at;
  }

  /** @param value integer in [0, 255] */
  byte(value: number): void {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
  }

  /** @param value integer in [0, 2³²) */
  uint32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  /**
   * A non-negative integer in as few bytes as it needs, seven bits each.
   *
   * @param value integer in [0, 2⁵³)
   */
  count(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  float32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setFloat32(at, value, true);
  }

  float64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
  }

  float64s(values: Float64Array): void {
    this.count(values.length);
    const at = this.#reserve(8 * values.length);
    values.forEach((value, i) => {
      this.#view.setFloat64(at + 8 * i, value, true);
    });
  }

  text(value: string): void {
    const code = value.length === 1 ? value.charCodeAt(0) : 0x80;
    if (code < 0x80) {
      this.byte(1);
      this.byte(code);
      return;
    }
    const byteLength = Buffer.byteLength(value);
    this.count(byteLength);
    const at = this.#reserve(byteLength);
    this.#bytes.write(value, at, byteLength);
  }

  id(value: SurveyId | null): void {
    if (value === null) {
      this.byte(ID_TAGS.none);
    } else if (typeof value === 'string') {
      this.byte(ID_TAGS.text);
      this.text(value);
    } else if (value < INT64_MIN || value > INT64_MAX) {
      this.byte(ID_TAGS.digits);
      this.text(String(value));
    } else {
      this.byte(ID_TAGS.int64);
      const at = this.#reserve(8);
      this.#view.setBigInt64(at, value, true);
    }
  }

  /** What was written, as one buffer of its own, sealed with its form and a checksum. */
  finish(): Buffer {
    const written = this.#bytes.subarray(0, this.#length);
    const isLong = written.length >= COMPRESSED_BYTES_MIN;
    const body = isLong ? compressSync(written) : written;
    const sealed = Buffer.allocUnsafe(1 + body.length + CHECKSUM_BYTES);
    sealed.writeUInt8(isLong ? FORMS.snappy : FORMS.plain, 0);
    body.copy(sealed, 1);
    sealed.writeUInt32LE(crc32(sealed.subarray(0, 1 + body.length)), 1 + body.length);
    return sealed;
  }
}

/**
 * The bytes within what a writer finished; the checksum comes first, so that only whole data is decompressed.
 */
function unsealed(sealed: Buffer): Buffer {
  const end = sealed.length - CHECKSUM_BYTES;
  if (end < 1) throw new RangeError(`Cannot read a buffer of ${sealed.length} bytes as it has no checksum`);
  const checksum = crc32(sealed.subarray(0, end));
  if (checksum !== sealed.readUInt32LE(end)) {
    throw new RangeError(`Cannot read a buffer as its checksum differs: current value is ${checksum}`);
  }
  const form = sealed.readUInt8(0);
  const body = sealed.subarray(1, end);
  if (form === FORMS.plain) return body;
  if (form === FORMS.snappy) return Buffer.from(uncompressSync(body, { asBuffer: true }));
  throw new RangeError(`Cannot read a buffer as its form is unknown: current value is ${form}`);
}

/**
 * Reads what `ByteWriter` wrote.
 *
 * Every method throws a RangeError where the buffer ends too early or holds what the writer cannot have
 * written.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #offset = 0;

  /** @throws RangeError if the bytes are not those that a writer finished */
  constructor(sealed: Buffer) {
    this.#bytes = unsealed(sealed);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
  }

  /** @throws RangeError if anything is left */
  end(): void {
    if (this.remaining > 0) {
      throw new RangeError(
        `Cannot read a buffer as nothing may follow its end: current value is ${this.remaining} bytes`,
      );
    }
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  #take(byteLength: number): number {
    const at = this.#offset;
    if (byteLength > this.#bytes.length - at) {
      throw new RangeError(`Cannot read ${byteLength} bytes as the buffer ends: current value is ${at}`);
    }
    this.#offset += byteLength;
    return at;
  }

  byte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value)) {
        throw new RangeError(`Cannot read a count as it must be below 2^53: current value is ${value}`);
      }
      if (byte < 0x80) return value;
    }
  }

  /**
   * A count of things that take at least `byteLengthMin` bytes each, which the buffer must be able to hold.
   */
  countOf(byteLengthMin: number): number {
    const count = this.count();
    if (count * byteLengthMin > this.remaining) {
      throw new RangeError(
        `Cannot read a list as the buffer holds ${this.remaining} bytes: current value is ${count} items`,
      );
    }
    return count;
  }

  float32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  float64s(): Float64Array {
    const length = this.countOf(8);
    const at = this.#take(8 * length);
    return Float64Array.from({ length }, (_, i) => this.#view.getFloat64(at + 8 * i, true));
  }

  text(): string {
    const byteLength = this.count();
    const at = this.#take(byteLength);
    if (byteLength === 1) return String.fromCharCode(this.#view.getUint8(at));
    return this.#bytes.toString('utf8', at, at + byteLength);
  }

  id(): SurveyId | null {
    const tag = this.byte();
    if (tag === ID_TAGS.none) return null;
    if (tag === ID_TAGS.int64) return this.#view.getBigInt64(this.#take(8), true);
    const text = this.text();
    if (tag === ID_TAGS.text) return text;
    if (tag === ID_TAGS.digits && /^-?\d+$/.test(text)) return BigInt(text);
    throw new RangeError(`Cannot read an identifier as its tag is unknown: current value is ${tag}`);
  }
}

/**
 * A counted list.
 *
 * @param byteLengthMin least size of an item, which bounds the memory that a damaged count can claim
 */
export function readList<T>(reader: ByteReader, byteLengthMin: number, readItem: () => T): readonly T[] {
  const count = reader.countOf(byteLengthMin);
  const items: T[] = [];
  for (let i = 0; i < count; i++) items.push(readItem());
  return items;
}

/** What `read` returns, or STORE_UNREADABLE naming what could not be read. */
export function readOrReject<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new PipelineError(
      'STORE_UNREADABLE',
      `Cannot read ${what} from the store as its bytes are damaged: ${cause.message}`,
      { cause },
    );
  }
}
