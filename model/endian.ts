import { endianness } from 'node:os';

/** The bytes behind an array, in the machine's order; a view, not a copy. */
export function bytesOf(data: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The bytes of an array in little-endian order: a view where the machine's order is that, a copy otherwise. */
export function littleEndianBytes(
  data: ArrayBufferView<ArrayBuffer>,
  elementBytes: number,
): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(data);
  if (endianness() === 'LE' || elementBytes === 1) return bytes;
  const copy = bytes.slice();
  swapOnBigEndian(copy, elementBytes);
  return copy;
}

/** Turns elements between little-endian and the machine's order, in place. */
export function swapOnBigEndian(bytes: Uint8Array<ArrayBuffer>, elementBytes: number): void {
  if (endianness() === 'LE' || elementBytes === 1) return;
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (elementBytes === 8) view.swap64();
  else view.swap32();
}
