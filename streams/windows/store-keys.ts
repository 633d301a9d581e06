import { createHash } from 'node:crypto';

/** LMDB keys hold up to 1978 bytes; two parts must fit into one. */
const TEXT_KEY_BYTES_MAX = 512;
const CELL_BYTES = 8;
/** Occurs in no UTF-8 text, so that no text has the key of another one's digest. */
const DIGEST_MARK = Buffer.of(0xff);

/** Key of a text: itself, or where it is too long (or empty) its beginning and a digest. */
export function textKey(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && bytes.length <= TEXT_KEY_BYTES_MAX) return bytes;
  const digest = createHash('sha256').update(bytes).digest();
  const prefixLength = TEXT_KEY_BYTES_MAX - DIGEST_MARK.length - digest.length;
  return Buffer.concat([bytes.subarray(0, prefixLength), DIGEST_MARK, digest]);
}

/** Key of something in a sky cell: cells in ascending order, and in each the texts. */
export function cellKey(cell: number, text: string): Buffer {
  return Buffer.concat([cellPrefix(cell), textKey(text)]);
}

/** First and last key of a sky cell, the last one exclusive. */
export function cellRange(cell: number): { readonly start: Buffer; readonly end: Buffer } {
  return { start: cellPrefix(cell), end: cellPrefix(cell + 1) };
}

function cellPrefix(cell: number): Buffer {
  const prefix = Buffer.alloc(CELL_BYTES);
  prefix.writeBigUInt64BE(BigInt(cell));
  return prefix;
}
