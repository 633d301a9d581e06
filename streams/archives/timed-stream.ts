import type { PacketDecoder } from '../decoder.ts';
import type { DecodedPacket } from '../packet.ts';
import { archivePackets } from './archive-packets.ts';

/** A packet with its place in event order. */
export interface TimedPacket {
  readonly packet: DecodedPacket;
  /** The alert's time; of a rejection, that of the packet before it in its stream; −∞ if there is none. */
  readonly timeMjdTai: number;
  /** Number of the stream, then of the packet in it: what orders packets of one time. */
  readonly order: number;
  readonly sequence: number;
}

/** Total order of packets: by time, then as they lie. */
export function compareTimed(a: TimedPacket, b: TimedPacket): number {
  if (a.timeMjdTai !== b.timeMjdTai) return a.timeMjdTai < b.timeMjdTai ? -1 : 1;
  return a.order - b.order || a.sequence - b.sequence;
}

/** The packets of some files, one file after another, with their times; one packet ahead. */
export class TimedStream {
  readonly #order: number;
  readonly #files: readonly string[];
  readonly #decoder: PacketDecoder;
  #packets: AsyncGenerator<DecodedPacket, void> | null = null;
  #head: TimedPacket | null = null;

  constructor(files: readonly string[], order: number, decoder: PacketDecoder) {
    this.#files = files;
    this.#order = order;
    this.#decoder = decoder;
  }

  /** The packet that comes next; `null` at the end and before `open`. */
  get head(): TimedPacket | null {
    return this.#head;
  }

  /** Opens the first file and reads its first packet. */
  async open(): Promise<void> {
    this.#packets = allPackets(this.#files, this.#decoder);
    await this.advance();
  }

  /** Takes the head; the next packet becomes it. */
  async advance(): Promise<void> {
    const before = this.#head;
    const next = await this.#packets?.next();
    if (next === undefined || next.done === true) {
      this.#head = null;
      return;
    }
    const { result } = next.value;
    this.#head = {
      packet: next.value,
      timeMjdTai: result.ok ? result.value.mjdTai : (before?.timeMjdTai ?? Number.NEGATIVE_INFINITY),
      order: this.#order,
      sequence: (before?.sequence ?? -1) + 1,
    };
  }

  /** Closes its file; `open` begins from the start again. */
  async close(): Promise<void> {
    const packets = this.#packets;
    this.#packets = null;
    this.#head = null;
    await packets?.return();
  }
}

async function* allPackets(
  files: readonly string[],
  decoder: PacketDecoder,
): AsyncGenerator<DecodedPacket, void> {
  for (const file of files) yield* archivePackets(file, decoder);
}
