import type { SurveyId } from '../../core/index.ts';

/** 2⁶⁴ over the golden ratio: multiples of a range by it stay far apart in the range. */
const STRIDE = 0x9e37_79b9_7f4a_7c15n;
const STRIDE_BITS = 64n;
/** Payload bits of one byte of a zigzag integer. */
const VARINT_BITS = 7n;
const LETTERS = 26n;
const LETTER_A = 97;

/** An id of another object, whose bytes are as many. */
export interface ShiftedId {
  readonly id: SurveyId;
  /** As Avro writes the id, and as it writes the other. */
  readonly from: Buffer;
  readonly to: Buffer;
}

/**
 * Another id for each loop: a number of as many bytes in Avro; a text with other small letters at its end.
 *
 * @returns `null` for a text that does not end in a letter
 */
export function shiftedId(id: SurveyId, loop: number): ShiftedId | null {
  return typeof id === 'bigint' ? shiftedNumber(id, loop) : shiftedText(id, loop);
}

/**
 * A packet's bytes with another object's id wherever its own stands: the packet of another object, if nothing in it is
 * compressed.
 *
 * @returns `null` if the id does not occur
 */
export function shiftedBytes(bytes: Buffer, { from, to }: Pick<ShiftedId, 'from' | 'to'>): Buffer | null {
  let at = bytes.indexOf(from);
  if (at === -1) return null;
  const shifted = Buffer.from(bytes);
  for (; at !== -1; at = bytes.indexOf(from, at + from.length)) to.copy(shifted, at);
  return shifted;
}

function shiftedNumber(id: bigint, loop: number): ShiftedId {
  const zigzag = BigInt.asUintN(64, (id << 1n) ^ (id >> 63n));
  const from = varint(zigzag);
  const low = from.length === 1 ? 0n : 1n << (VARINT_BITS * BigInt(from.length - 1));
  const high = 1n << BigInt(Math.min(64, Number(VARINT_BITS) * from.length));
  const other = low + ((zigzag - low + stride(loop, high - low)) % (high - low));
  return { id: (other >> 1n) ^ -(other & 1n), from, to: varint(other) };
}

function shiftedText(id: string, loop: number): ShiftedId | null {
  const tail = /[a-z]+$/.exec(id)?.[0];
  if (tail === undefined) return null;
  const range = LETTERS ** BigInt(tail.length);
  let value = 0n;
  for (const letter of tail) value = value * LETTERS + BigInt(letter.charCodeAt(0) - LETTER_A);
  value = (value + stride(loop, range)) % range;
  let other = '';
  while (other.length < tail.length) {
    other = String.fromCharCode(LETTER_A + Number(value % LETTERS)) + other;
    value /= LETTERS;
  }
  const shifted = id.slice(0, -tail.length) + other;
  return { id: shifted, from: Buffer.from(id), to: Buffer.from(shifted) };
}

/** How far a loop is shifted in a range of so many ids. */
function stride(loop: number, range: bigint): bigint {
  return (BigInt(loop) * ((range * STRIDE) >> STRIDE_BITS)) % range;
}

function varint(zigzag: bigint): Buffer {
  const bytes: number[] = [];
  let rest = zigzag;
  for (; rest >= 0x80n; rest >>= VARINT_BITS) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
