/** `bytea` in PostgreSQL's catalogue of types. */
const BYTEA_OID = 17;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/**
 * Values as one parameter of type `bytea[]` in PostgreSQL's binary format: half the bytes of the text that the
 * driver would make of them, and none of its escaping.
 *
 * @source array_recv() in PostgreSQL's src/backend/utils/adt/arrayfuncs.c: number of dimensions, whether there are
 *   nulls, type of the elements; of each dimension length and first index; of each element length and bytes;
 *   32-bit integers, big endian
 */
export function byteaArray(values: readonly Buffer[]): Buffer {
  const bytes = values.reduce((sum, value) => sum + LENGTH_BYTES + value.length, HEADER_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const number of [1, 0, BYTEA_OID, values.length, 1]) at = array.writeInt32BE(number, at);
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    at += value.copy(array, at);
  }
  return array;
}
