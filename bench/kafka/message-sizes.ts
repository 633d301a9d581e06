import type { Random } from '../../core/index.ts';

/** Rubin's packets with long histories, and ZTF's without images, bytes. */
export const MESSAGE_SIZES = { large: 245_000, small: 30_000 } as const;
export type MessageSize = keyof typeof MESSAGE_SIZES;

/** Of one send: below the brokers' limit of a record batch. */
export const SEND_BYTES_MAX = 800_000;

/** Bytes that nothing compresses. */
export function randomValue(random: Random, byteLength: number): Buffer {
  const value = Buffer.alloc(byteLength);
  for (let at = 0; at + 4 <= byteLength; at += 4) value.writeUInt32LE(random.uint32(), at);
  return value;
}
