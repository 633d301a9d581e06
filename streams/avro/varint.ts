const LONG_BYTES_MAX = 10;

/**
 * Reads Avro's zigzag integers and byte strings. Past the end it gives 0 and `null`, and `isShort` tells; on
 * what no encoder writes, `isCorrupt` does; after either it reads no more. Integers beyond 2^53 are rounded:
 * here they are sizes, and too large anyway.
 */
export class VarintCursor {
  readonly #bytes: Buffer;
  #position: number;
  #isShort = false;
  #isCorrupt = false;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get isShort(): boolean {
    return this.#isShort;
  }

  get isCorrupt(): boolean {
    return this.#isCorrupt;
  }

  long(): number {
    let value = 0;
    let scale = 1;
    if (this.#isShort || this.#isCorrupt) return 0;
    for (let i = 0; i < LONG_BYTES_MAX; i++) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) {
        this.#isShort = true;
        return 0;
      }
      this.#position++;
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    this.#isCorrupt = true;
    return 0;
  }

  bytes(): Buffer | null {
    const byteLength = this.long();
    if (byteLength < 0) this.#isCorrupt = true;
    if (this.#isShort || this.#isCorrupt) return null;
    const end = this.#position + byteLength;
    if (end > this.#bytes.length) {
      this.#isShort = true;
      return null;
    }
    const value = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return value;
  }
}

/** Avro's encoding of an integer. */
export function encodedLong(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
