import { Consumer, ProduceAcks, Producer } from '@platformatic/kafka';
import type { ProduceOptions } from '@platformatic/kafka';
import { uniqueName } from '../broker.ts';
import { FETCH_LIMITS } from './bench-client.ts';
import type { BenchClient, TakeValues, TransactionWriter } from './bench-client.ts';

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>;
type BufferOptions = ProduceOptions<Buffer, Buffer, Buffer, Buffer>;

/** A producer id that asks the broker for the transactional id's own, with the next epoch, as the Java client does. */
const FROM_NONE: BufferOptions = { producerId: -1n, producerEpoch: -1 };

/** @platformatic/kafka as it comes. */
export class PlatformaticClient implements BenchClient {
  readonly #base: { readonly clientId: string; readonly bootstrapBrokers: string[] };
  readonly #begin: BufferOptions;

  /** @param options.isFromNone true begins transactions as the protocol means it, other than the client's default */
  constructor(brokers: readonly string[], { isFromNone }: { readonly isFromNone: boolean }) {
    this.#base = { clientId: 'bench', bootstrapBrokers: [...brokers] };
    this.#begin = isFromNone ? FROM_NONE : {};
  }

  async consume(topic: string, take: TakeValues): Promise<void> {
    const consumer = new Consumer({
      ...this.#base,
      groupId: uniqueName('platformatic'),
      autocommit: false,
      maxBytes: FETCH_LIMITS.bytesMax,
      maxBytesPerPartition: FETCH_LIMITS.partitionBytesMax,
      maxWaitTime: FETCH_LIMITS.waitMs,
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    await new Promise<void>((resolve, reject) => {
      stream.on('error', reject);
      stream.on('data', ({ value }) => {
        if (take([value])) resolve();
      });
    });
    await stream.close();
    await consumer.close();
  }

  async produce(topic: string, sends: readonly (readonly Buffer[])[]): Promise<void> {
    const producer = new Producer(this.#base);
    for (const values of sends)
      await producer.send({ acks: ProduceAcks.ALL, messages: values.map((value) => ({ topic, value })) });
    await producer.close();
  }

  openTransactions(transactionalId: string): Promise<TransactionWriter> {
    const producer = new Producer({ ...this.#base, transactionalId, idempotent: true });
    let open: Transaction | null = null;
    return Promise.resolve({
      send: async (topic, value) => {
        open ??= await producer.beginTransaction(this.#begin);
        await open.send({ messages: [{ topic, value: Buffer.from(value) }] });
      },
      commit: async () => {
        await open?.commit();
        open = null;
      },
      close: () => producer.close(),
    });
  }
}
