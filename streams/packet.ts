import type { Alert, Result, SourcePosition } from '../core/index.ts';

/** One packet as it left the decoder: an alert, or the reason why not, and what is needed to try again. */
export interface DecodedPacket {
  readonly source: SourcePosition;
  readonly result: Result<Alert>;
  /** Size of the packet as read, before decompression of an archive around it. */
  readonly byteLength: number;
  /**
   * The packet's own bytes, decodable again by themselves: a Confluent message as it was, a record of an Avro file as a
   * file of that one record, a damaged block or file as it was.
   */
  original(): Uint8Array;
}

/** What a decoded point takes in memory, bytes: an object of six fields, its identifier and numbers beside it. */
const POINT_BYTES = 160;

/**
 * About what a packet takes while it waits, bytes: its own and those of its points, which may be many times as many
 * where it came compressed. What packets wait in is bounded by it.
 */
export function heldBytes({ byteLength, result }: DecodedPacket): number {
  return byteLength + (result.ok ? POINT_BYTES * result.value.points.length : 0);
}
