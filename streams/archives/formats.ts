import { CONTAINER_MAGIC } from '../avro/container.ts';

/** Bytes from which a format is told: a tar's first header. */
export const HEAD_BYTES = 512;

export type ArchiveFormat = 'avro' | 'gzip' | 'tar' | 'confluent' | 'unknown';

/**
 * Format of a file by its first bytes; names do not count.
 *
 * @param head up to 512 bytes; fewer only if the file has no more
 */
export function archiveFormat(head: Buffer): ArchiveFormat {
  if (startsWith(head, CONTAINER_MAGIC)) return 'avro';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (isTar(head)) return 'tar';
  // Zeros are what a file holds that was never written, or a tar without members: no packet begins so.
  if (head.every((byte) => byte === 0)) return 'unknown';
  if (head.length > 0 && head[0] === 0) return 'confluent';
  return 'unknown';
}

function startsWith(head: Buffer, magic: Buffer): boolean {
  return head.subarray(0, magic.length).equals(magic);
}

const TAR_MAGIC_OFFSET = 257;

/** POSIX and GNU tar, by their magic. */
function isTar(head: Buffer): boolean {
  if (head.length < HEAD_BYTES) return false;
  return head.toString('latin1', TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5) === 'ustar';
}

/** What is told of files that are none of ours, so that the user sees what to do. */
const KNOWN_MAGIC: readonly (readonly [magic: string, what: string])[] = [
  ['PK\x03\x04', 'a zip archive: unpack it first'],
  ['PAR1', 'a Parquet file'],
  ['Obj', 'an Avro file of another version than 1'],
  ['SIMPLE  =', 'a FITS file'],
  ['\x28\xb5\x2f\xfd', 'a Zstandard file: unpack it first'],
  ['\x1f\x8b', 'gzip once more: unpack it first'],
  ['BZh', 'a bzip2 file: unpack it first'],
  ['\xfd7zXZ\x00', 'an xz file: unpack it first'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive: unpack it first'],
  ['\x89HDF', 'an HDF5 file'],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['%PDF', 'a PDF file'],
  ['\x93NUMPY', 'a NumPy array'],
];

/**
 * One sentence on a file of none of the formats: its first bytes, and what it looks like.
 *
 * @param head up to 512 bytes
 */
export function unknownFormatReason(head: Buffer): string {
  return `Cannot read the file as an Avro file, Confluent message, tar or gzip: ${beginning(head)}`;
}

/** How bytes of no known format begin, and what they look like: the end of a sentence. */
export function beginning(head: Buffer): string {
  return `it begins with 0x${head.subarray(0, 8).toString('hex')}, ${likeness(head)}`;
}

function likeness(head: Buffer): string {
  const start = head.toString('latin1', 0, 64);
  const known = KNOWN_MAGIC.find(([magic]) => start.startsWith(magic));
  if (known !== undefined) return known[1];
  const text = start.trimStart().toLowerCase();
  if (text.startsWith('<!doctype html') || text.startsWith('<html')) return 'an HTML page';
  if (text.startsWith('<?xml')) return 'XML';
  if (text.startsWith('{') || text.startsWith('[')) return 'JSON';
  if (/^[\t\n\r\x20-\x7e]*$/.test(start)) return 'text';
  return isLikeAvroBody(head) ? 'an Avro record without its schema, it seems' : 'unknown binary data';
}

/** An alert's body begins with its id, an integer of 4 to 10 bytes as Avro writes it. */
function isLikeAvroBody(head: Buffer): boolean {
  const end = head.subarray(0, 10).findIndex((byte) => byte < 0x80);
  return end >= 3;
}
