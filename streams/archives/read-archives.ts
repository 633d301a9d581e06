import type { Config, Metrics } from '../../core/index.ts';
import type { PacketDecoder } from '../decoder.ts';
import type { DecodedPacket } from '../packet.ts';
import { archivePackets } from './archive-packets.ts';
import { inEventOrder } from './event-order.ts';
import type { ArchiveInput } from './inputs.ts';

export interface ReadArchivesOptions {
  readonly decoder: PacketDecoder;
  readonly archive: Config['archive'];
  readonly signal?: AbortSignal;
  readonly metrics?: Metrics;
}

/**
 * The packets of files, `stored`: file by file as they lie in them, or by `event` time across all of them.
 * Faults in the bytes are packets with a rejection. What is open is closed when the caller stops reading.
 *
 * @throws PipelineError INPUT_UNREADABLE where a file cannot be read; the signal's reason when it aborts
 */
export async function* readArchives(
  inputs: readonly ArchiveInput[],
  options: ReadArchivesOptions,
): AsyncGenerator<DecodedPacket, void> {
  const packets =
    options.archive.order === 'event' ? inEventOrder(inputs, options) : asStored(inputs, options);
  for await (const packet of packets) {
    options.signal?.throwIfAborted();
    yield packet;
  }
}

async function* asStored(
  inputs: readonly ArchiveInput[],
  options: ReadArchivesOptions,
): AsyncGenerator<DecodedPacket, void> {
  for (const { file } of inputs) yield* archivePackets(file, options.decoder);
}
