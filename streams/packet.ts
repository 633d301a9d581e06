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
