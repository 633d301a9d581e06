import { createHash } from 'node:crypto';

/** LMDB keys hold up to 1978 bytes; two parts must fit into one. */
const TEXT_KEY_BYTES_MAX = 512;
/** Of a sky cell, and of a number. */
const NUMBER_BYTES = 8;
/** Occurs in no UTF-8 text, so that no text has the key of another one's digest. */
const DIGEST_MARK = Buffer.of(0xff);

/** Key of a text: itself, or where it is too long (or empty) its beginning and a digest. */
export function textKey(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && bytes.length <= TEXT_KEY_BYTES_MAX) return bytes;
  const digest = digestKey(text);
  const prefixLength = TEXT_KEY_BYTES_MAX - DIGEST_MARK.length - digest.length;
  return Buffer.concat([bytes.subarray(0, prefixLength), DIGEST_MARK, digest]);
}

/** Key of a text that others follow in the same key: always of one length. */
export function digestKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Key of a text in a sky cell: cells in ascending order, and in each the texts. */
export function cellKey(cell: number, text: string): Buffer {
  return Buffer.concat([cellPrefix(cell), textKey(text)]);
}

/** First and last key of a sky cell, the last one exclusive. */
export function cellRange(cell: number): { readonly start: Buffer; readonly end: Buffer } {
  return { start: cellPrefix(cell), end: cellPrefix(cell + 1) };
}

/** Key of something numbered in a sky cell: in each cell the highest number comes first. */
export function numberedCellKey(cell: number, sequence: number): Buffer {
  return Buffer.concat([cellPrefix(cell), descending(sequence)]);
}

/** The number in such a key; 0 for the key of a text, as stores of format 1 have them. */
export function numberOfCellKey(key: Buffer): number {
  if (key.length !== 2 * NUMBER_BYTES) return 0;
  const sequence = Number.MAX_SAFE_INTEGER - Number(key.readBigUInt64BE(NUMBER_BYTES));
  return Math.max(0, sequence);
}

/** Key of something numbered under a text: the highest number comes first. */
export function newestFirstKey(text: string, sequence: number): Buffer {
  return Buffer.concat([digestKey(text), descending(sequence)]);
}

/** First and last key of what is numbered, from 1, under a text; the last one exclusive. */
export function newestFirstRange(text: string): { readonly start: Buffer; readonly end: Buffer } {
  const digest = digestKey(text);
  return {
    start: Buffer.concat([digest, descending(Number.MAX_SAFE_INTEGER)]),
    end: Buffer.concat([digest, descending(0)]),
  };
}

/** Eight bytes that sort the other way round than the number. */
function descending(sequence: number): Buffer {
  const bytes = Buffer.alloc(NUMBER_BYTES);
  bytes.writeBigUInt64BE(BigInt(Number.MAX_SAFE_INTEGER - sequence));
  return bytes;
}

function cellPrefix(cell: number): Buffer {
  const prefix = Buffer.alloc(NUMBER_BYTES);
  prefix.writeBigUInt64BE(BigInt(cell));
  return prefix;
}
