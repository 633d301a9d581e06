import type { TopicMessage } from '../kafka/partition-input.ts';
import type { DecodedPacket } from '../packet.ts';

/** How the messages of a topic are read. */
export type MessageFormat =
  | { readonly kind: 'auto' }
  /** @param mapping survey of the mapping in `decode.mappings` that reads them */
  | { readonly kind: 'json'; readonly mapping: string };

/** Messages of alert topics → packets. */
export interface MessageDecoder {
  /**
   * The packets of one message: one, or several where an Avro file or a JSON list holds several; never none, and bad
   * bytes are a packet with a rejection.
   */
  packets(message: TopicMessage, format: MessageFormat): Promise<readonly DecodedPacket[]>;
}
