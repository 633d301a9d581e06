import { rejected } from '../core/index.ts';
import type { Config, Result, SourcePosition } from '../core/index.ts';
import type { AlertReader } from './alert-reader.ts';
import type { ByteReader } from './avro/byte-reader.ts';
import { CODEC_NAMES, blockCodec } from './avro/codecs.ts';
import { containerOfRecords, readContainerBlocks, readContainerHeader } from './avro/container.ts';
import type { ContainerHeader, ContainerPart } from './avro/container.ts';
import type { DecodedPacket } from './packet.ts';

export interface ContainerPacketsOptions {
  readonly decode: Config['decode'];
  /** Position of the record of a number, from 0, in its file. */
  readonly sourceOf: (index: number) => SourcePosition;
  /** Compiles, or finds, the reader of an embedded schema. */
  readonly readerOf: (schema: Buffer) => Result<AlertReader>;
}

/** The packets of an Avro file, one block in memory at a time. */
export async function* containerPackets(
  reader: ByteReader,
  options: ContainerPacketsOptions,
): AsyncGenerator<DecodedPacket, void> {
  const { decode, sourceOf } = options;
  const start = reader.peek().subarray(0, decode.packetBytesMax);
  const header = await readContainerHeader(reader);
  if (!header.ok) {
    const rejection = faultOf(reader) ?? header.rejection;
    yield packetOf(sourceOf(0), { ok: false, rejection }, [start]);
    return;
  }
  const refusal = await refusalOf(header.value, options);
  if (refusal !== null) {
    const bytes = await restOf(reader, header.value, decode.packetBytesMax);
    yield packetOf(sourceOf(0), refusal, [bytes]);
    return;
  }
  yield* packetsOfBlocks(reader, header.value, options);
}

/** Why no record of a file can be read; `null` if they can. */
async function refusalOf(header: ContainerHeader, options: ContainerPacketsOptions): Promise<Refused | null> {
  if ((await blockCodec(header.codec)) === null) {
    const known = CODEC_NAMES.join(', ');
    const reason = `Cannot decompress an Avro file as one of ${known}: current value is "${header.codec.slice(0, 50)}"`;
    return rejected('AVRO_CODEC_UNKNOWN', reason);
  }
  const compiled = options.readerOf(header.schema);
  return compiled.ok ? null : compiled;
}
type Refused = ReturnType<typeof rejected>;

async function* packetsOfBlocks(
  reader: ByteReader,
  header: ContainerHeader,
  options: ContainerPacketsOptions,
): AsyncGenerator<DecodedPacket, void> {
  const { decode, sourceOf, readerOf } = options;
  const alerts = readerOf(header.schema);
  const decompress = await blockCodec(header.codec);
  if (!alerts.ok || decompress === null) return;
  const limits = { blockBytesMax: decode.blockBytesMax, damageBytesMax: decode.packetBytesMax };
  const block: BlockContext = { header, alerts: alerts.value, options, index: 0 };
  let hasReportedEnd = false;
  for await (const part of readContainerBlocks(reader, { header, decompress, limits })) {
    if (part.kind === 'block') yield* packetsOfBlock(part, block);
    else {
      hasReportedEnd ||= part.rejection.code === reader.fault?.code;
      const result = { ok: false, rejection: part.rejection } as const;
      yield packetOf(sourceOf(block.index), result, [header.bytes, part.bytes]);
      block.index += part.count;
    }
  }
  const fault = faultOf(reader);
  if (fault !== null && !hasReportedEnd) {
    yield packetOf(sourceOf(block.index), { ok: false, rejection: fault }, [header.bytes]);
  }
}

interface BlockContext {
  readonly header: ContainerHeader;
  readonly alerts: AlertReader;
  readonly options: ContainerPacketsOptions;
  /** Number of the next record in the file. */
  index: number;
}

/**
 * A block's records, one after another; what cannot be read, and all after it in the block, is one rejection.
 */
function* packetsOfBlock(
  part: Extract<ContainerPart, { kind: 'block' }>,
  block: BlockContext,
): Generator<DecodedPacket, void> {
  const { header, alerts, options } = block;
  const { content, count } = part;
  const { packetBytesMax } = options.decode;
  let position = 0;
  for (let left = count; left > 0; left--) {
    const source = options.sourceOf(block.index);
    const { result, end } = alerts.read(content, position, source);
    if (end === null && !result.ok) {
      // The sync marker was in its place, so the file is not cut: the bytes themselves are wrong.
      const { code, reason } = result.rejection;
      const rejection = { code: code === 'AVRO_TRUNCATED' ? 'AVRO_CORRUPT' : code, reason } as const;
      yield recordPacket(
        source,
        { ok: false, rejection },
        { header, content: content.subarray(position), count: left },
      );
      block.index += left;
      return;
    }
    const stop = end ?? content.length;
    const byteLength = stop - position;
    const kept =
      byteLength > packetBytesMax
        ? rejected(
            'PACKET_TOO_LARGE',
            `Cannot take a packet as at most ${packetBytesMax} bytes: current value is ${byteLength} bytes`,
          )
        : result;
    yield count === 1
      ? packetOf(source, kept, [header.bytes, part.raw])
      : recordPacket(source, kept, {
          header,
          content: Buffer.from(content.subarray(position, stop)),
          count: 1,
        });
    position = stop;
    block.index++;
  }
  if (position < content.length) {
    const reason = `Cannot read a block as its ${count} records: ${content.length - position} bytes are left over`;
    const bytes = { header, content: content.subarray(position), count: 1 };
    yield recordPacket(options.sourceOf(block.index), rejected('AVRO_CORRUPT', reason), bytes);
    block.index++;
  }
}

function faultOf(reader: ByteReader): Refused['rejection'] | null {
  return reader.fault === null ? null : { code: reader.fault.code, reason: reader.fault.message };
}

/** A file whose blocks cannot be read, as it is, up to a limit. */
async function restOf(reader: ByteReader, header: ContainerHeader, bytesMax: number): Promise<Buffer> {
  await reader.fill(bytesMax);
  return Buffer.concat([header.bytes, reader.peek().subarray(0, bytesMax)]);
}

/** A packet whose own bytes are some of the file's, as they are. */
function packetOf(
  source: DecodedPacket['source'],
  result: DecodedPacket['result'],
  pieces: readonly Buffer[],
): DecodedPacket {
  return {
    source,
    result,
    byteLength: pieces.reduce((total, piece) => total + piece.length, 0),
    original: () => Buffer.concat(pieces),
  };
}

/** A packet that is one of several records of its block, or the rest of them. */
function recordPacket(
  source: DecodedPacket['source'],
  result: DecodedPacket['result'],
  records: { readonly header: ContainerHeader; readonly content: Buffer; readonly count: number },
): DecodedPacket {
  const { header, content, count } = records;
  return {
    source,
    result,
    byteLength: content.length,
    original: () => containerOfRecords(header, content, count),
  };
}
