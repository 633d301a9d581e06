import { ByteReader, ByteWriter, readList, readOrReject } from './bytes.ts';

/** First byte of what is kept. In version 1 nothing had a time of arrival. */
const VERSION = 2;
const VERSION_WITHOUT_ARRIVAL = 1;

/** A spectrum or metadata record in the store. */
export interface Kept<T> {
  /** Its number in the order in which the store first got those of its kind, from 1. */
  readonly sequence: number;
  /** Time of its message, ms since 1970 UTC; `null` for one from a file. */
  readonly arrivedMs: number | null;
  /** Objects that it was joined to when it came. */
  readonly joinedKeys: readonly string[];
  readonly value: T;
}

/** How values of one kind are written. */
export interface ValueCodec<T> {
  /** What they are, for messages. */
  readonly what: string;
  readonly write: (writer: ByteWriter, value: T) => void;
  /** @throws RangeError if the bytes are damaged */
  readonly read: (reader: ByteReader) => T;
}

/** What says to which objects a spectrum or metadata record belongs. */
export interface Belonging {
  readonly objectId: string | null;
  /** ICRS, degrees. */
  readonly raDeg: number | null;
  readonly decDeg: number | null;
}

export function encodeKept<T>(
  { sequence, arrivedMs, joinedKeys, value }: Kept<T>,
  codec: ValueCodec<T>,
): Buffer {
  const writer = new ByteWriter();
  writer.byte(VERSION);
  writer.count(sequence);
  writeOptional(writer, arrivedMs);
  writer.count(joinedKeys.length);
  for (const key of joinedKeys) writer.text(key);
  codec.write(writer, value);
  return writer.finish();
}

/**
 * @param name of the spectrum or record, for the message
 * @throws PipelineError STORE_UNREADABLE if the bytes are damaged or of an unknown version
 */
export function decodeKept<T>(bytes: Buffer, name: string, codec: ValueCodec<T>): Kept<T> {
  return readOrReject(`${codec.what} "${name}"`, () => {
    const reader = new ByteReader(bytes);
    const version = reader.byte();
    if (version !== VERSION && version !== VERSION_WITHOUT_ARRIVAL) {
      throw new RangeError(`Cannot read version ${version} as this program writes ${VERSION}`);
    }
    const sequence = reader.count();
    const arrivedMs = version === VERSION ? readOptional(reader) : null;
    const joinedKeys = readList(reader, 1, () => reader.text());
    const value = codec.read(reader);
    reader.end();
    return { sequence, arrivedMs, joinedKeys, value };
  });
}

export function writeBelonging(writer: ByteWriter, { objectId, raDeg, decDeg }: Belonging): void {
  writer.id(objectId);
  writeOptional(writer, raDeg);
  writeOptional(writer, decDeg);
}

export function readBelonging(reader: ByteReader): Belonging {
  const objectId = reader.id();
  const [raDeg, decDeg] = [readOptional(reader), readOptional(reader)];
  return { objectId: objectId === null ? null : String(objectId), raDeg, decDeg };
}

function writeOptional(writer: ByteWriter, value: number | null): void {
  writer.byte(value === null ? 0 : 1);
  if (value !== null) writer.float64(value);
}

function readOptional(reader: ByteReader): number | null {
  return reader.byte() === 0 ? null : reader.float64();
}
