import { rejected } from '../core/index.ts';
import type { PacketPlace, Alert, Config, Result, SourcePosition } from '../core/index.ts';
import { compileAlertReader } from './alert-reader.ts';
import type { AlertReader } from './alert-reader.ts';
import { HEAD_BYTES, archiveFormat, unknownFormatReason } from './archives/formats.ts';
import { ByteReader, asBuffer } from './avro/byte-reader.ts';
import { BytesCache } from './avro/bytes-cache.ts';
import { parseSchemaText } from './avro/schema-nodes.ts';
import type { SchemaDocument } from './avro/schema-nodes.ts';
import { containerPackets } from './container-packets.ts';
import type { DecodedPacket } from './packet.ts';
import {
  CONFLUENT_HEADER_BYTES,
  FRAME_PREFIX_BYTES,
  confluentSchemaId,
  framedMessageBytes,
  isFramedMessages,
} from './registry/confluent.ts';
import type { SchemaSource } from './registry/schema-registry.ts';
import type { SurveyAdapter } from './surveys/adapter.ts';

export interface PacketDecoderOptions {
  readonly decode: Config['decode'];
  readonly registry: SchemaSource;
  /** Asked in this order; the first that recognises a packet's schema reads it. */
  readonly adapters: readonly SurveyAdapter[];
  readonly withCutouts: boolean;
}

/** A file, or a member of an archive, without the archive or compression around it. */
export interface PacketBlob extends PacketPlace {
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Bytes → packets. Bad bytes are packets with a rejection; it throws only where its source of bytes does. */
export interface PacketDecoder {
  /**
   * The packets of an Avro file, of a file with one Confluent message, or of a file of several, each after
   * its length as 4 bytes big-endian.
   */
  decodeBlob(blob: PacketBlob): AsyncGenerator<DecodedPacket, void>;
  /**
   * The packets of an Avro file.
   *
   * @param sourceOf position of the packet of a number, from 0, in the file
   */
  decodeContainer(
    bytes: Uint8Array,
    sourceOf: (index: number) => SourcePosition,
  ): AsyncGenerator<DecodedPacket, void>;
  /** The alert of one message in Confluent wire format. */
  decodeConfluent(bytes: Uint8Array, source: SourcePosition): Promise<Result<Alert>>;
}

export function createPacketDecoder(options: PacketDecoderOptions): PacketDecoder {
  return new Decoder(options);
}

class Decoder implements PacketDecoder {
  readonly #options: PacketDecoderOptions;
  readonly #embedded: BytesCache<Result<AlertReader>>;
  readonly #byWireId = new Map<
    number,
    { readonly document: SchemaDocument; readonly reader: Result<AlertReader> }
  >();

  constructor(options: PacketDecoderOptions) {
    this.#options = options;
    this.#embedded = new BytesCache(options.decode.schemasMax);
  }

  async *decodeBlob(blob: PacketBlob): AsyncGenerator<DecodedPacket, void> {
    const { bytes, ...place } = blob;
    const reader = bytes instanceof Uint8Array ? new ByteReader(bytes) : new ByteReader(NO_BYTES, bytes);
    try {
      await reader.fill(HEAD_BYTES);
      const format = archiveFormat(reader.peek());
      if (format === 'avro') {
        yield* this.#container(reader, (index) => ({ ...place, index }));
      } else if (format === 'confluent') yield* this.#messages(reader, place);
      else yield await this.#unknown(reader, place);
    } finally {
      await reader.close();
    }
  }

  decodeContainer(
    bytes: Uint8Array,
    sourceOf: (index: number) => SourcePosition,
  ): AsyncGenerator<DecodedPacket, void> {
    return this.#container(new ByteReader(bytes), sourceOf);
  }

  async decodeConfluent(bytes: Uint8Array, source: SourcePosition): Promise<Result<Alert>> {
    const message = asBuffer(bytes);
    const { packetBytesMax } = this.#options.decode;
    if (message.length > packetBytesMax) return tooLarge(message.length, packetBytesMax);
    const wireId = confluentSchemaId(message);
    if (wireId === null) {
      const first = message.subarray(0, CONFLUENT_HEADER_BYTES).toString('hex');
      const reason = `Cannot read a message in Confluent wire format: its ${message.length} bytes begin with 0x${first}`;
      return rejected('FORMAT_UNKNOWN', reason);
    }
    const document = await this.#options.registry.schema(wireId);
    if (!document.ok) return document;
    const reader = this.#readerOfWireId(wireId, document.value);
    if (!reader.ok) return reader;
    const { result, end } = reader.value.read(message, CONFLUENT_HEADER_BYTES, source);
    if (end === null || end === message.length) return result;
    const reason = `Cannot read a message by schema ${wireId}: ${message.length - end} bytes are left over`;
    return rejected('AVRO_CORRUPT', reason);
  }

  #container(
    reader: ByteReader,
    sourceOf: (index: number) => SourcePosition,
  ): AsyncGenerator<DecodedPacket, void> {
    const { decode } = this.#options;
    return containerPackets(reader, { decode, sourceOf, readerOf: (schema) => this.#readerOf(schema) });
  }

  #readerOf(schema: Buffer): Result<AlertReader> {
    return this.#embedded.get(schema, (text) => {
      const document = parseSchemaText(text.toString('utf8'));
      return document.ok ? compileAlertReader(document.value, null, this.#options) : document;
    });
  }

  #readerOfWireId(wireId: number, document: SchemaDocument): Result<AlertReader> {
    const known = this.#byWireId.get(wireId);
    if (known?.document === document) return known.reader;
    const reader = compileAlertReader(document, wireId, this.#options);
    this.#byWireId.delete(wireId);
    this.#byWireId.set(wireId, { document, reader });
    for (const oldest of this.#byWireId.keys()) {
      if (this.#byWireId.size <= this.#options.decode.schemasMax) break;
      this.#byWireId.delete(oldest);
    }
    return reader;
  }

  async *#messages(reader: ByteReader, place: PacketPlace): AsyncGenerator<DecodedPacket, void> {
    const { packetBytesMax } = this.#options.decode;
    const isLonger = await reader.fill(FRAMING_BYTES);
    if (!isFramedMessages(reader.peek(), !isLonger)) {
      await reader.fill(packetBytesMax + 1);
      yield await this.#message(reader.peek(), { ...place, index: 0 }, reader);
      return;
    }
    for (let index = 0; await reader.fill(1); index++) {
      const hasLength = await reader.fill(FRAME_PREFIX_BYTES);
      const byteLength = hasLength ? framedMessageBytes(reader.peek()) : 0;
      const source = { ...place, index };
      if (byteLength > packetBytesMax) {
        await reader.fill(packetBytesMax);
        const bytes = Buffer.from(reader.peek().subarray(0, packetBytesMax));
        yield packet(source, tooLarge(byteLength, packetBytesMax), bytes);
        return;
      }
      if (!hasLength || !(await reader.fill(FRAME_PREFIX_BYTES + byteLength))) {
        const reason = `Cannot read message ${index} of ${byteLength} bytes: the file ends after ${reader.available}`;
        yield packet(
          source,
          faultOr(reader, rejected('AVRO_TRUNCATED', reason)),
          reader.take(reader.available),
        );
        return;
      }
      reader.take(FRAME_PREFIX_BYTES);
      yield await this.#message(Buffer.from(reader.take(byteLength)), source, null);
    }
  }

  /** @param reader where the message is all that is left of it: its fault is the message's */
  async #message(bytes: Buffer, source: SourcePosition, reader: ByteReader | null): Promise<DecodedPacket> {
    const result = await this.decodeConfluent(bytes, source);
    return packet(source, reader === null ? result : faultOr(reader, result), bytes);
  }

  async #unknown(reader: ByteReader, place: PacketPlace): Promise<DecodedPacket> {
    const { packetBytesMax } = this.#options.decode;
    await reader.fill(packetBytesMax);
    const bytes = Buffer.from(reader.peek().subarray(0, packetBytesMax));
    const result =
      bytes.length === 0
        ? rejected('FILE_EMPTY', 'Cannot read the file as packets: it is empty')
        : rejected('FORMAT_UNKNOWN', unknownFormatReason(bytes));
    return packet({ ...place, index: 0 }, faultOr(reader, result), bytes);
  }
}

/** Looked at to tell one message from several. */
const FRAMING_BYTES = 64 * 1024;
const NO_BYTES = Buffer.alloc(0);

/** The rejection of a packet above the limit. */
export function tooLarge(byteLength: number, bytesMax: number): Result<never> {
  const reason = `Cannot take a packet as at most ${bytesMax} bytes: current value is ${byteLength} bytes`;
  return rejected('PACKET_TOO_LARGE', reason);
}

/** The fault of a source that broke off explains what its bytes cannot. */
function faultOr(reader: ByteReader, result: Result<Alert>): Result<Alert> {
  return reader.fault === null ? result : rejected(reader.fault.code, reader.fault.message);
}

function packet(source: SourcePosition, result: Result<Alert>, bytes: Buffer): DecodedPacket {
  return { source, result, byteLength: bytes.length, original: () => bytes };
}
