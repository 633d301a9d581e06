import type { Clock, Config } from '../../core/index.ts';
import type { DecodedPacket, PartitionInput, TopicMessage } from '../../streams/index.ts';
import type { PacketBatch } from '../stages.ts';
import { outlastOutage } from './outlast-outage.ts';

/** Packets of messages that were taken together, and how far the partition is when they are through. */
export interface MessageBatch extends PacketBatch {
  readonly nextOffset: bigint;
  /** When the messages were taken, ms since 1970 UTC. */
  readonly takenMs: number;
}

/** Turns one message into its packets. Bad bytes are packets with a rejection. */
export type MessageReader = (message: TopicMessage) => Promise<readonly DecodedPacket[]>;

/** Reads a partition as batches of packets. */
export class PacketBatches {
  readonly #input: PartitionInput;
  readonly #read: MessageReader;
  readonly #config: Pick<Config, 'pipeline' | 'service'>;
  readonly #clock: Clock;

  constructor(
    input: PartitionInput,
    parts: {
      readonly read: MessageReader;
      readonly config: Pick<Config, 'pipeline' | 'service'>;
      readonly clock: Clock;
    },
  ) {
    this.#input = input;
    this.#read = parts.read;
    this.#config = parts.config;
    this.#clock = parts.clock;
  }

  /**
   * The next batch: what is there, at least one message.
   *
   * @param place waited for before anything is taken
   * @returns `null` when the partition is given up
   */
  async next(place: () => Promise<void>): Promise<MessageBatch | null> {
    const { batchPackets, batchBytesMax } = this.#config.pipeline;
    if (!(await this.#input.available())) return null;
    await place();
    const messages = await this.#input.take({ messagesMax: batchPackets, bytesMax: batchBytesMax });
    const last = messages.at(-1);
    if (last === undefined) return null;
    const takenMs = this.#clock.nowMs();
    const packets: DecodedPacket[] = [];
    for (const message of messages) {
      const read = await outlastOutage(
        {
          read: () => this.#read(message),
          results: (decoded) => decoded.map(({ result }) => result),
        },
        { config: this.#config, clock: this.#clock, signal: this.#input.signal },
      );
      if (read === null) return null;
      packets.push(...read);
    }
    return { packets, nextOffset: last.offset + 1n, takenMs };
  }
}
