import { PipelineError } from '../../core/index.ts';

/** Where a batch of messages is: of its partition, the first and the last offset. */
interface BatchPlace {
  readonly topic: string;
  readonly partition: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
}

/** A batch that cannot be unpacked, by its bytes: which messages they are, only the answer that they came with tells. */
export class UnreadableBatch extends PipelineError {
  readonly #reason: string;
  readonly #packed: Buffer;

  /** @param reason `in gzip as the stream is damaged` */
  constructor(reason: string, { packed, cause }: { readonly packed: Buffer; readonly cause: unknown }) {
    super('BATCH_UNREADABLE', `Cannot unpack a batch of messages ${reason}`, { cause });
    this.#reason = reason;
    this.#packed = packed;
  }

  /**
   * The failure with its place, which users go past with `nightjar seek`.
   *
   * @param answer of a broker to a fetch, of which the packed bytes are a view
   * @param version of the fetch request
   */
  at(answer: Buffer, version: number): PipelineError {
    const place = findBatch(answer, version, this.#packed);
    if (place === null) return this;
    const { topic, partition, firstOffset, lastOffset } = place;
    return new PipelineError(
      'BATCH_UNREADABLE',
      `Cannot unpack the batch of offsets ${firstOffset} to ${lastOffset} of partition ${partition} of topic "${topic}" ` +
        this.#reason,
      {
        cause: this.cause,
        details: { topic, partition, firstOffset: String(firstOffset), lastOffset: String(lastOffset) },
      },
    );
  }
}

/**
 * Which batch of an answer has these bytes.
 *
 * @returns null if none has
 * @source Kafka's protocol guide: Fetch API, versions 4 to 11; Record Batch
 */
function findBatch(answer: Buffer, version: number, packed: Buffer): BatchPlace | null {
  const reader = new Reader(answer);
  reader.skip(version >= 7 ? 10 : 4);
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.bytes(reader.int16()).toString();
    for (let partitions = reader.int32(); partitions > 0; partitions--) {
      const partition = reader.int32();
      reader.skip(version >= 5 ? 26 : 18);
      // Aborted transactions.
      reader.skip(16 * Math.max(0, reader.int32()));
      if (version >= 11) reader.skip(4);
      const offsets = findOffsets(reader.bytes(Math.max(0, reader.int32())), packed);
      if (offsets !== null) return { topic, partition, ...offsets };
    }
  }
  return null;
}

/** Offset and length, before the rest of a batch; the places are counted from there. Older formats have the magic byte, too. */
const HEADER_BYTES = 12;
const MAGIC_AT = 16;
const LAST_OFFSET_DELTA_AT = 23;

function findOffsets(
  records: Buffer,
  packed: Buffer,
): { readonly firstOffset: bigint; readonly lastOffset: bigint } | null {
  const at = packed.byteOffset - records.byteOffset;
  if (packed.buffer !== records.buffer || at < 0 || at >= records.length) return null;
  const reader = new Reader(records);
  for (;;) {
    const firstOffset = reader.int64();
    const batch = reader.bytes(reader.int32());
    if (at >= reader.at) continue;
    const isOlder = batch.readInt8(MAGIC_AT - HEADER_BYTES) < 2;
    const delta = isOlder ? 0 : batch.readInt32BE(LAST_OFFSET_DELTA_AT - HEADER_BYTES);
    return { firstOffset, lastOffset: firstOffset + BigInt(delta) };
  }
}

class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at;
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#step(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#step(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#step(8));
  }

  bytes(length: number): Buffer {
    const begin = this.#step(length);
    return this.#buffer.subarray(begin, this.#at);
  }

  skip(length: number): void {
    this.#step(length);
  }

  #step(length: number): number {
    const begin = this.#at;
    this.#at += length;
    return begin;
  }
}
