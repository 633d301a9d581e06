import type { NamedTensors } from '../../sessions/runtime.ts';
import { WorkerHandle, workerModule } from '../../sessions/worker-handle.ts';
import type { BatchPlan, BatchRequest } from '../data/batch-plan.ts';
import type { PrefetchRequest } from './prefetch-protocol.ts';

/** Batches in order, made ahead in a thread of their own, at most so many at a time. */
export class Prefetcher {
  readonly #worker: WorkerHandle<PrefetchRequest>;
  readonly #requests: Iterator<BatchRequest, unknown>;
  readonly #batchesMax: number;
  readonly #made: Promise<NamedTensors>[] = [];

  private constructor(
    worker: WorkerHandle<PrefetchRequest>,
    {
      requests,
      batchesMax,
    }: { readonly requests: Iterator<BatchRequest, unknown>; readonly batchesMax: number },
  ) {
    this.#worker = worker;
    this.#requests = requests;
    this.#batchesMax = batchesMax;
  }

  /**
   * @param options.requests which batches, in the order in which they will be asked for
   * @param options.batchesMax batches that are made or waiting at a time
   * @throws PipelineError as `BatchMaker.open()`
   */
  static async open(
    plan: BatchPlan,
    options: { readonly requests: Iterator<BatchRequest, unknown>; readonly batchesMax: number },
  ): Promise<Prefetcher> {
    const worker = new WorkerHandle<PrefetchRequest>({
      module: workerModule(import.meta.url, './prefetch-worker'),
      data: null,
      name: 'a thread that makes batches',
    });
    try {
      await worker.call({ kind: 'open', plan }, 'open training data');
    } catch (error) {
      await worker.close();
      throw error;
    }
    return new Prefetcher(worker, options);
  }

  /**
   * The next batch; the one after it is begun.
   *
   * @throws PipelineError TENSORS_INVALID, INPUT_UNREADABLE
   */
  async next(): Promise<NamedTensors> {
    this.#fill();
    const batch = this.#made.shift();
    if (batch === undefined) throw new RangeError('Cannot make a batch as the last one was given');
    const tensors = await batch;
    this.#fill();
    return tensors;
  }

  /** Ends the thread; batches that were made and not asked for are dropped. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#made);
    await this.#worker.close();
  }

  #fill(): void {
    while (this.#made.length < this.#batchesMax) {
      const next: IteratorResult<BatchRequest, unknown> = this.#requests.next();
      if (next.done === true) return;
      const batch = this.#worker
        .call({ kind: 'make', batch: next.value }, 'make a batch')
        .then((tensors) => tensors as NamedTensors);
      // A failure is for whoever asks for this batch.
      batch.catch(() => undefined);
      this.#made.push(batch);
    }
  }
}
