import avro from 'avsc';

/** First bytes of Avro's single-object encoding; the fingerprint of the writer's schema and the body follow. */
export const SINGLE_OBJECT_MAGIC = Buffer.from([0xc3, 0x01]);
const FINGERPRINT_BYTES = 8;
/** Magic and fingerprint. */
export const SINGLE_OBJECT_HEAD_BYTES = SINGLE_OBJECT_MAGIC.length + FINGERPRINT_BYTES;

/** CRC-64-AVRO of no bytes, which is also its polynomial. */
const EMPTY = 0xc15d213aa4d7a795n;
const TABLE: readonly bigint[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (EMPTY & -(crc & 1n));
  return crc;
});

/**
 * Fingerprint of a schema: CRC-64-AVRO of its Parsing Canonical Form.
 *
 * @returns unsigned, 64 bits
 * @source Avro 1.11 specification, "Schema Fingerprints"
 * @example schemaFingerprint('int') // 0x7275d51a3f395c8fn
 */
export function schemaFingerprint(schema: avro.Schema): bigint {
  const canonical = Buffer.from(JSON.stringify(avro.Type.forSchema(schema).schema()));
  return canonical.reduce((crc, byte) => (crc >> 8n) ^ (TABLE[Number(crc & 0xffn) ^ byte] ?? 0n), EMPTY);
}

/** What comes before a body in single-object encoding. */
export function singleObjectHead(fingerprint: bigint): Buffer {
  const head = Buffer.alloc(SINGLE_OBJECT_HEAD_BYTES);
  SINGLE_OBJECT_MAGIC.copy(head);
  head.writeBigUInt64LE(fingerprint, SINGLE_OBJECT_MAGIC.length);
  return head;
}

/** Fingerprint of the schema of a message in single-object encoding; `null` for anything else. */
export function fingerprintOf(bytes: Buffer): bigint | null {
  const isLong = bytes.length >= SINGLE_OBJECT_HEAD_BYTES;
  return isLong && bytes.subarray(0, SINGLE_OBJECT_MAGIC.length).equals(SINGLE_OBJECT_MAGIC)
    ? bytes.readBigUInt64LE(SINGLE_OBJECT_MAGIC.length)
    : null;
}
