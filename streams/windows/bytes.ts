import type { SurveyId } from '../../core/index.ts';

const FIRST_CAPACITY_BYTES = 8192;
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

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
    this.#view.setUint8(this.#reserve(1), value);
  }

  /** @param value integer in [0, 2³²) */
  uint32(value: number): void {
    this.#view.setUint32(this.#reserve(4), value, true);
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
    this.#view.setFloat32(this.#reserve(4), value, true);
  }

  float64(value: number): void {
    this.#view.setFloat64(this.#reserve(8), value, true);
  }

  float64s(values: Float64Array): void {
    this.count(values.length);
    const at = this.#reserve(8 * values.length);
    values.forEach((value, i) => {
      this.#view.setFloat64(at + 8 * i, value, true);
    });
  }

  text(value: string): void {
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
      this.#view.setBigInt64(this.#reserve(8), value, true);
    }
  }

  /** What was written, as one buffer of its own. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }
}

/**
 * Reads what `ByteWriter` wrote.
 *
 * Every method throws a RangeError where the buffer ends too early or holds what the writer cannot have written.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
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

  /** A count of things that take at least `byteLengthMin` bytes each, which the buffer must be able to hold. */
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
