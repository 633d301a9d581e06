import { archiveSource } from '../../pipeline/index.ts';
import type { PacketSource } from '../../pipeline/index.ts';
import type { DecodedPacket } from '../../streams/index.ts';
import { shiftedPacket } from './shifted-packet.ts';

/** Packets taken so far, by survey; rejected ones under `rejected`. */
export type PacketMix = Record<string, number>;

export interface LoopedSource extends PacketSource {
  readonly mix: PacketMix;
  /** Loops begun. */
  loops(): number;
}

/**
 * Archives over and over, read and decoded anew each time, with new objects in each loop: packets without end
 * that cost what real ones cost.
 *
 * @throws PipelineError INPUT_NOT_FOUND
 */
export async function loopedSource(options: Parameters<typeof archiveSource>[0]): Promise<LoopedSource> {
  const archives = await archiveSource(options);
  const mix: PacketMix = {};
  let loops = 0;
  async function* packets(
    inputs: PacketSource['inputs'],
    signal: AbortSignal,
  ): AsyncGenerator<DecodedPacket, void> {
    for (;;) {
      const loop = loops++;
      let isEmpty = true;
      for await (const packet of archives.packets(inputs, signal)) {
        isEmpty = false;
        const name = packet.result.ok ? packet.result.value.survey : 'rejected';
        mix[name] = (mix[name] ?? 0) + 1;
        yield shiftedPacket(packet, loop);
      }
      if (isEmpty) return;
    }
  }
  return { ...archives, mix, loops: () => loops, packets };
}
