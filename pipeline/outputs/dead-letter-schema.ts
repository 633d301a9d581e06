import type { DeadLetter } from '../dead-letter.ts';
import { createAvroValues } from './avro-values.ts';
import { SOURCE_SCHEMA, flatSource } from './source-schema.ts';

/** `nightjar.deadLetter`: of dead letters and of packets that came too late. */
export const DEAD_LETTER_SCHEMA = {
  type: 'record',
  name: 'deadLetter',
  namespace: 'nightjar',
  doc: 'A packet that could not be used: why, where it lies, and its bytes',
  fields: [
    { name: 'code', type: 'string', doc: 'Error code, explained in docs/errors.md' },
    { name: 'reason', type: 'string', doc: 'One sentence with the value that was found' },
    { name: 'source', type: SOURCE_SCHEMA, doc: 'Where the packet lies' },
    { name: 'byteLength', type: 'int', doc: 'Size of the packet, bytes' },
    { name: 'sha256', type: 'string', doc: 'Digest of the packet, hexadecimal' },
    {
      name: 'bytes',
      type: ['null', 'bytes'],
      default: null,
      doc: 'The packet itself; null where the message would be larger than kafka.messageBytesMax',
    },
    { name: 'bytesOmitted', type: 'boolean', default: false, doc: 'True where the packet is left out' },
    {
      name: 'bytesOmittedReason',
      type: ['null', 'string'],
      default: null,
      doc: 'Why the packet is left out; dlq replay reads it at its source',
    },
  ],
} as const;

const values = createAvroValues(DEAD_LETTER_SCHEMA);

export const DEAD_LETTER_SCHEMA_TEXT = values.schemaText;

/** What of a letter is read back: all of it, from whichever version it has. */
export const DEAD_LETTER_FIELDS = Object.fromEntries(
  DEAD_LETTER_SCHEMA.fields.map(({ name }) => [name, true] as const),
);

/**
 * The Avro body of a letter.
 *
 * @param omittedReason why it goes without its packet; `null` where it goes with it
 */
export function encodeDeadLetter(letter: DeadLetter, omittedReason: string | null): Buffer {
  const { bytes, source } = letter;
  return values.encode({
    ...letter,
    source: flatSource(source),
    bytes: omittedReason === null ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : null,
    bytesOmitted: omittedReason !== null,
    bytesOmittedReason: omittedReason,
  });
}
