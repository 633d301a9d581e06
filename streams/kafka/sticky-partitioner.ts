import { Partitioners } from 'kafkajs';
import type { ICustomPartitioner, Message } from 'kafkajs';

/**
 * Where each message of a producer goes, decided once: by its key as the Java client does, without a key by turns. kafkajs
 * asks again for each attempt, and another answer would write a message twice whose first attempt was written but not answered.
 */
export class StickyPartitioner {
  readonly #chosen = new WeakMap<Message, number>();

  readonly create: ICustomPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (args) => {
      const partition = this.#chosen.get(args.message) ?? choose(args);
      this.#chosen.set(args.message, partition);
      return partition;
    };
  };

  /** Where a message went; `null` if it was never placed. */
  partitionOf(message: Message): number | null {
    return this.#chosen.get(message) ?? null;
  }
}
