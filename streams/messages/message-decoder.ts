import { accepted, rejected } from '../../core/index.ts';
import type { Alert, Config, Result, SourcePosition } from '../../core/index.ts';
import { beginning, HEAD_BYTES } from '../archives/formats.ts';
import { CONTAINER_MAGIC } from '../avro/container.ts';
import { createPacketDecoder } from '../decoder.ts';
import type { PacketDecoder, PacketDecoderOptions } from '../decoder.ts';
import type { TopicMessage } from '../kafka/partition-input.ts';
import { heldBytes } from '../packet.ts';
import type { DecodedPacket } from '../packet.ts';
import { confluentSchemaId } from '../registry/confluent.ts';
import { jsonPackets } from './json-packets.ts';
import { isLikeJson } from './json-text.ts';
import { messageBytes } from './message-bytes.ts';
import { originOf } from './retry-headers.ts';
import { SINGLE_OBJECT_MAGIC } from './single-object.ts';
import { decodeSlimAlert } from './slim-alert.ts';

/** How the messages of a topic are read: told by their first bytes, or JSON by the mapping of a survey. */
export type MessageFormat =
  | { readonly kind: 'auto' }
  /** `mapping`: survey of the mapping in `decode.mappings` that reads them. */
  | { readonly kind: 'json'; readonly mapping: string };

/** Messages of alert topics → packets. */
export interface MessageDecoder {
  /**
   * The packets of one message: one, or several where an Avro file or a JSON list holds several; never none, and bad
   * bytes are a packet with a rejection. Of several, each has its number as the index of its position.
   *
   * `auto` takes Avro files, plain or gzipped, messages in Confluent wire format, and slim alerts. A slim alert keeps
   * the position that it holds.
   */
  packets(message: TopicMessage, format: MessageFormat): Promise<readonly DecodedPacket[]>;
}

export function createMessageDecoder(options: PacketDecoderOptions): MessageDecoder {
  return new Decoder(options);
}

/** Memory that one packet takes besides its bytes and points. */
const PACKET_BYTES = 1024;

class Decoder implements MessageDecoder {
  readonly #options: PacketDecoderOptions;
  readonly #decode: Config['decode'];
  readonly #decoder: PacketDecoder;

  constructor(options: PacketDecoderOptions) {
    this.#options = options;
    this.#decode = options.decode;
    this.#decoder = createPacketDecoder(options);
  }

  async packets(message: TopicMessage, format: MessageFormat): Promise<readonly DecodedPacket[]> {
    const origin = originOf(message);
    const held = await messageBytes(message, this.#decode);
    if (!held.ok) return [wholeMessage(message, origin, held)];
    const bytes = held.value;
    if (format.kind === 'json') return this.#json({ message, bytes, origin }, format.mapping);
    if (bytes.subarray(0, CONTAINER_MAGIC.length).equals(CONTAINER_MAGIC)) {
      return this.#container(message, bytes, origin);
    }
    const result = await this.#single(bytes, origin);
    const isSlim = result.ok && bytes[0] === SINGLE_OBJECT_MAGIC[0];
    return [wholeMessage(message, isSlim ? result.value.source : origin, result)];
  }

  /** The one packet of bytes that are no Avro file. */
  async #single(bytes: Buffer, origin: SourcePosition): Promise<Result<Alert>> {
    if (confluentSchemaId(bytes) !== null) return this.#decoder.decodeConfluent(bytes, origin);
    if (bytes.subarray(0, SINGLE_OBJECT_MAGIC.length).equals(SINGLE_OBJECT_MAGIC)) {
      const alert = decodeSlimAlert(bytes);
      return alert.ok && origin.retry !== undefined
        ? accepted({ ...alert.value, source: { ...alert.value.source, retry: origin.retry } })
        : alert;
    }
    const hint = isLikeJson(bytes) ? ': for JSON name format and mapping of the source' : '';
    const reason = `Cannot read a message as an Avro file, a Confluent message or a slim alert: ${beginning(bytes.subarray(0, HEAD_BYTES))}${hint}`;
    return rejected('FORMAT_UNKNOWN', reason);
  }

  /** The packets of an Avro file; all or none, so that a message takes bounded memory. */
  async #container(
    message: TopicMessage,
    bytes: Buffer,
    origin: SourcePosition,
  ): Promise<readonly DecodedPacket[]> {
    const packets: DecodedPacket[] = [];
    let total = 0;
    const sourceOf = (index: number): SourcePosition => (index === 0 ? origin : numbered(origin, index));
    for await (const packet of this.#decoder.decodeContainer(bytes, sourceOf)) {
      total += heldBytes(packet) + PACKET_BYTES;
      if (total > this.#decode.blockBytesMax) {
        const reason = `Cannot take the packets of a message as at most ${this.#decode.blockBytesMax} bytes (decode.blockBytesMax): they have more`;
        return [wholeMessage(message, origin, rejected('PACKET_TOO_LARGE', reason))];
      }
      packets.push(packet);
    }
    const [first, ...others] = packets;
    if (first === undefined) {
      const none = rejected('FILE_EMPTY', 'Cannot read a message: it is an Avro file without records');
      return [wholeMessage(message, origin, none)];
    }
    return others.length === 0
      ? [wholeMessage(message, origin, first.result)]
      : [placedAt(first, numbered(origin, 0)), ...others];
  }

  #json(
    read: { readonly message: TopicMessage; readonly bytes: Buffer; readonly origin: SourcePosition },
    mapping: string,
  ): readonly DecodedPacket[] {
    const { message, bytes, origin } = read;
    const adapter = this.#options.adapters.find(
      ({ survey, json }) => survey === mapping && json !== undefined,
    );
    if (adapter === undefined) {
      const reason = `Cannot read a message as JSON by a mapping of decode.mappings: current value is "${mapping}"`;
      return [wholeMessage(message, origin, rejected('SURVEY_UNKNOWN', reason))];
    }
    const { withCutouts } = this.#options;
    const packets = jsonPackets(bytes, adapter, {
      withCutouts,
      sourceOf: (index) => (index === null ? origin : numbered(origin, index)),
    });
    return 'rejection' in packets
      ? [wholeMessage(message, origin, { ok: false, rejection: packets.rejection })]
      : packets.length === 1 && packets[0] !== undefined
        ? [wholeMessage(message, origin, packets[0].result)]
        : packets;
  }
}

/** A packet that is all of its message. */
function wholeMessage({ value }: TopicMessage, source: SourcePosition, result: Result<Alert>): DecodedPacket {
  const bytes = value ?? Buffer.alloc(0);
  return { source, result, byteLength: bytes.length, original: () => bytes };
}

/** Position of one of several packets: a retried one counts on from the number that it had. */
function numbered(origin: SourcePosition, index: number): SourcePosition {
  return { ...origin, index: (origin.index ?? 0) + index };
}

function placedAt(packet: DecodedPacket, source: SourcePosition): DecodedPacket {
  const { result, byteLength } = packet;
  const placed = result.ok ? accepted({ ...result.value, source }) : result;
  return { source, result: placed, byteLength, original: () => packet.original() };
}
