/** Confluent wire format: byte 0, schema id as 4 bytes big-endian, then the Avro body. */
export const CONFLUENT_HEADER_BYTES = 5;
const MAGIC = 0;

/**
 * Schema id of a message in Confluent wire format; `null` for anything else.
 *
 * @source Confluent Schema Registry documentation, "Wire format"
 */
export function confluentSchemaId(bytes: Buffer): number | null {
  return bytes.length >= CONFLUENT_HEADER_BYTES && bytes[0] === MAGIC ? bytes.readUInt32BE(1) : null;
}

/** Bytes of the length before each message in a file of several. */
export const FRAME_PREFIX_BYTES = 4;

/** A file of several messages has, before each, its length as 4 bytes big-endian. */
export function framedMessageBytes(prefix: Buffer): number {
  return prefix.readUInt32BE(0);
}

/**
 * True for the beginning of a file of several messages: a length that a message can have, then a message. The
 * one way to mistake a single message for it is an id that is a multiple of 256 and 1280 or more; so what
 * follows the first message is looked at too, if it is there.
 *
 * @param head first bytes of the file, at least 64 KiB if it has them
 * @param isWhole true if that is all of it
 */
export function isFramedMessages(head: Buffer, isWhole: boolean): boolean {
  if (!isFrameAt(head, 0)) return false;
  const next = FRAME_PREFIX_BYTES + framedMessageBytes(head);
  return next > head.length ? !isWhole : isFrameAt(head, next);
}

function isFrameAt(bytes: Buffer, start: number): boolean {
  if (bytes.length < start + FRAME_PREFIX_BYTES + 1)
    return start > 0 && bytes.length <= start + FRAME_PREFIX_BYTES;
  const messageBytes = framedMessageBytes(bytes.subarray(start));
  return messageBytes >= CONFLUENT_HEADER_BYTES && bytes[start + FRAME_PREFIX_BYTES] === MAGIC;
}
