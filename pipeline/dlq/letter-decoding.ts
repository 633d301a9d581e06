import { createHash } from 'node:crypto';
import type { Alert, Clock, Config, Metrics, Result } from '../../core/index.ts';
import {
  createMessageDecoder,
  createMessageRecords,
  createPacketDecoder,
  openSchemaRegistry,
  readMetadataMessage,
  readSpectrumMessage,
  surveyAdapters,
} from '../../streams/index.ts';
import type {
  MessageDecoder,
  MessageFormat,
  MessageRecords,
  PacketDecoder,
  SchemaSource,
  TopicMessage,
} from '../../streams/index.ts';
import { formatOf, sourceOfTopic } from '../service/subscriptions.ts';
import { packetsOfFileLetter } from './file-letter-packets.ts';
import type { StoredLetter } from './stored-letter.ts';

/** What a letter's packet is to the program as it is configured now: alerts, or the names of other records. */
export type DecodedNow = Result<Alert | 'spectrum' | 'metadata'>;

/** Reads the packets of letters as the service, or a replay, would read them now. */
export class LetterDecoding {
  readonly registry: SchemaSource;
  readonly packets: PacketDecoder;
  readonly #config: Pick<Config, 'decode' | 'join' | 'sources'>;
  readonly #messages: MessageDecoder;
  readonly #records: MessageRecords;

  private constructor(config: Pick<Config, 'decode' | 'join' | 'sources'>, registry: SchemaSource) {
    const { decode } = config;
    const options = { decode, registry, adapters: surveyAdapters(decode.mappings), withCutouts: false };
    this.#config = config;
    this.registry = registry;
    this.packets = createPacketDecoder(options);
    this.#messages = createMessageDecoder(options);
    this.#records = createMessageRecords(options);
  }

  /** @throws PipelineError INPUT_NOT_FOUND if `decode.schemasDir` is not there */
  static async open(config: Config, parts: { clock: Clock; metrics: Metrics }): Promise<LetterDecoding> {
    const { schemasDir } = config.decode;
    const registry = await openSchemaRegistry({ registry: config.registry, schemasDir, ...parts });
    return new LetterDecoding(config, registry);
  }

  /** What a letter's packet is now: one result, or several where it can be read as several. */
  async now(letter: StoredLetter, bytes: Buffer): Promise<readonly DecodedNow[]> {
    const { source } = letter;
    if (!('topic' in source)) {
      const results: DecodedNow[] = [];
      for await (const { result } of packetsOfFileLetter({ ...letter, bytes }, this.packets))
        results.push(result);
      return results;
    }
    const message = messageOf(source, bytes);
    const reading = { records: this.#records, join: this.#config.join };
    const kind = sourceOfTopic(this.#config.sources, source.topic)?.kind ?? 'alerts';
    if (kind === 'spectra') return [named(await readSpectrumMessage(message, reading), 'spectrum')];
    if (kind === 'metadata') return [named(await readMetadataMessage(message, reading), 'metadata')];
    return (await this.#messages.packets(message, this.#formatOf(source.topic))).map(({ result }) => result);
  }

  /**
   * The packet that a letter is about, in the message that it came in: all of it, or one of several.
   *
   * @returns `null` if the message does not hold it
   */
  async packetIn(message: TopicMessage, letter: StoredLetter): Promise<Buffer | null> {
    if (message.value !== null && isPacketOf(message.value, letter)) return message.value;
    if (letter.source.index === undefined) return null;
    const packets = await this.#messages.packets(message, this.#formatOf(message.topic));
    return (
      packets.map((packet) => Buffer.from(packet.original())).find((bytes) => isPacketOf(bytes, letter)) ??
      null
    );
  }

  #formatOf(topic: string): MessageFormat {
    const source = sourceOfTopic(this.#config.sources, topic);
    return source === null ? { kind: 'auto' } : formatOf(source);
  }
}

/** True if bytes are the packet that a letter is about. */
export function isPacketOf(bytes: Buffer, letter: Pick<StoredLetter, 'sha256'>): boolean {
  return createHash('sha256').update(bytes).digest('hex') === letter.sha256;
}

function messageOf(place: Pick<TopicMessage, 'topic' | 'partition' | 'offset'>, value: Buffer): TopicMessage {
  const { topic, partition, offset } = place;
  return { topic, partition, offset, timestampMs: 0, key: null, value, headers: new Map() };
}

function named<T extends 'spectrum' | 'metadata'>(result: Result<unknown>, name: T): Result<T> {
  return result.ok ? { ok: true, value: name } : result;
}
