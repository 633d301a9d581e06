import type { Clock, Config, PipelineError } from '../../core/index.ts';
import type { DecodedPacket, PartitionInput, TopicMessage } from '../../streams/index.ts';
import type { PacketBatch } from '../stages.ts';
import type { RegistryOutages } from './registry-outages.ts';

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
  readonly #config: Pick<Config, 'pipeline'>;
  readonly #outages: RegistryOutages;
  readonly #clock: Clock;
  /** Why nothing can be read beyond the last batch. */
  #end: PipelineError | null = null;

  constructor(
    input: PartitionInput,
    parts: {
      readonly read: MessageReader;
      readonly config: Pick<Config, 'pipeline'>;
      readonly outages: RegistryOutages;
      readonly clock: Clock;
    },
  ) {
    this.#input = input;
    this.#read = parts.read;
    this.#config = parts.config;
    this.#outages = parts.outages;
    this.#clock = parts.clock;
  }

  /**
   * The next batch: what is there, at least one message, and none from the first on that waits for the schema registry.
   *
   * @param place waited for before anything is taken
   * @returns `null` when the partition is given up
   * @throws PipelineError REGISTRY_UNREACHABLE if the next message waits for the registry
   */
  async next(place: () => Promise<void>): Promise<MessageBatch | null> {
    const { batchPackets, batchBytesMax } = this.#config.pipeline;
    if (this.#end !== null) throw this.#end;
    if (!(await this.#input.available())) return null;
    await place();
    const messages = await this.#input.take({ messagesMax: batchPackets, bytesMax: batchBytesMax });
    const takenMs = this.#clock.nowMs();
    const packets: DecodedPacket[] = [];
    let nextOffset: bigint | null = null;
    for (const message of messages) {
      const read = await this.#read(message);
      this.#end = this.#outages.reasonToWait(
        message,
        read.map(({ result }) => result),
      );
      if (this.#end !== null) {
        if (nextOffset === null) throw this.#end;
        break;
      }
      packets.push(...read);
      nextOffset = message.offset + 1n;
    }
    return nextOffset === null ? null : { packets, nextOffset, takenMs };
  }
}
