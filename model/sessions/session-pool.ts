import { PipelineError } from '../../core/index.ts';
import type { Device, Metrics } from '../../core/index.ts';
import { PROCESS_TURN } from './gpu-turn.ts';
import { buffersOf } from './protocol.ts';
import type { WorkerOptions, WorkerRequest } from './protocol.ts';
import type { NamedTensors } from './runtime.ts';
import { declineRuntimeTelemetry } from './runtime-telemetry.ts';
import { WorkerHandle, workerModule } from './worker-handle.ts';

export interface SessionPoolOptions {
  /** Threads that run models, each with every model loaded. */
  readonly workers: number;
  /** Where models run. One worker at a time uses `webgpu`; what they do around their models they do side by side. */
  readonly device: Device;
  /** Threads of one operator; 1 by default, so that results cannot depend on scheduling. */
  readonly intraOpThreads?: number;
  /** Batches handed to workers and not back yet; further callers wait. Two a worker by default: one runs, one is at hand. */
  readonly batchesInFlightMax?: number;
  /** Told how many batches are in flight or waiting. */
  readonly metrics?: Metrics | null;
}

export interface RunOptions {
  /** Ends the waiting; what a worker has begun it finishes, and the result is dropped. */
  readonly signal?: AbortSignal;
  /** Hands the feeds' buffers over instead of copying them: the caller's arrays are empty afterwards. */
  readonly transfer?: boolean;
}

/**
 * Starts worker threads that run ONNX models, since a run blocks its thread.
 *
 * @example
 * const pool = createSessionPool({ workers: 1, device: 'cpu' });
 * await pool.load('tiny', onnx);
 * const { y } = await pool.run('tiny', { x: float32Tensor(new Float32Array(6), [2, 3]) });
 * await pool.close();
 */
export function createSessionPool(options: SessionPoolOptions): SessionPool {
  return new SessionPool(options);
}

/** Models in worker threads behind one bounded queue, first come, first served. */
export class SessionPool {
  readonly #workers: readonly WorkerHandle<WorkerRequest>[];
  readonly #batchesInFlightMax: number;
  readonly #metrics: Metrics | null;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  #idle: (() => void)[] = [];
  #closing: Promise<void> | null = null;

  constructor(options: SessionPoolOptions) {
    const { workers, device, intraOpThreads = 1, batchesInFlightMax = 2 * workers, metrics = null } = options;
    for (const [name, count] of Object.entries({ workers, intraOpThreads, batchesInFlightMax })) {
      if (!Number.isInteger(count) || count < 1)
        throw new RangeError(
          `Cannot start a session pool as ${name} must be at least 1: current value is ${count}`,
        );
    }
    declineRuntimeTelemetry();
    this.#batchesInFlightMax = batchesInFlightMax;
    this.#metrics = metrics;
    this.#workers = Array.from(
      { length: workers },
      () =>
        new WorkerHandle({
          module: workerModule(import.meta.url, './inference-worker'),
          data: { device, intraOpThreads, turn: PROCESS_TURN } satisfies WorkerOptions,
          name: 'an inference worker',
        }),
    );
  }

  /**
   * Makes a model known to every worker; a name loaded again is replaced.
   *
   * @throws PipelineError INFERENCE_FAILED if the runtime cannot open it
   */
  async load(name: string, onnx: Uint8Array): Promise<void> {
    this.#requireOpen(`load "${name}"`);
    await this.#everyWorker((worker) => worker.call({ kind: 'load', name, onnx }, `load "${name}"`));
  }

  /**
   * Runs a model once.
   *
   * @param feeds every input by name
   * @returns every output by name
   * @throws PipelineError INFERENCE_FAILED if the runtime refuses or a worker is gone; the signal's reason if it aborts
   */
  async run(name: string, feeds: NamedTensors, options: RunOptions = {}): Promise<NamedTensors> {
    const sent = compact(feeds);
    const transfer = options.transfer === true ? buffersOf(sent) : [];
    const result = await this.#inTurn(`run "${name}"`, options.signal, (worker, what) =>
      worker.call({ kind: 'run', name, feeds: sent }, what, transfer),
    );
    return result as NamedTensors;
  }

  /** Makes a module's `runTask` (a `WorkerTask`) known to every worker under a name. */
  async loadTask(name: string, moduleUrl: URL): Promise<void> {
    this.#requireOpen(`load task "${name}"`);
    await this.#everyWorker((worker) =>
      worker.call({ kind: 'loadTask', name, moduleUrl: moduleUrl.href }, `load task "${name}"`),
    );
  }

  /**
   * Runs a task in a worker, in the same queue as models; it can run models there.
   *
   * @param payload copied into the worker
   * @returns the task's `result`
   */
  runTask(name: string, payload: unknown, signal?: AbortSignal): Promise<unknown> {
    return this.#inTurn(`run task "${name}"`, signal, (worker, what) =>
      worker.call({ kind: 'runTask', name, payload }, what),
    );
  }

  /** Takes nothing new, waits for what was asked before, and ends the threads. */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    if (this.#inFlight + this.#waiting.length > 0)
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  async #everyWorker(ask: (worker: WorkerHandle<WorkerRequest>) => Promise<unknown>): Promise<void> {
    const results = await Promise.allSettled(this.#workers.map(ask));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  async #inTurn(
    what: string,
    signal: AbortSignal | undefined,
    ask: (worker: WorkerHandle<WorkerRequest>, what: string) => Promise<unknown>,
  ): Promise<unknown> {
    this.#requireOpen(what);
    signal?.throwIfAborted();
    await this.#place(signal);
    const worker = this.#workers.reduce((least, other) => (other.load < least.load ? other : least));
    const result = ask(worker, what).finally(() => {
      this.#inFlight--;
      this.#waiting.shift()?.();
      this.#report();
    });
    return signal === undefined ? result : untilAborted(result, signal);
  }

  /** Resolves when a place in flight is this caller's. */
  async #place(signal: AbortSignal | undefined): Promise<void> {
    if (this.#inFlight < this.#batchesInFlightMax) {
      this.#inFlight++;
      this.#report();
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const take = (): void => {
        signal?.removeEventListener('abort', leave);
        this.#inFlight++;
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        this.#report();
        reject(reasonOf(signal));
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(take);
      this.#report();
    });
  }

  #report(): void {
    const batches = this.#inFlight + this.#waiting.length;
    this.#metrics?.gauge('nightjar_model_queue_batches', null, batches);
    if (batches === 0)
      this.#idle.splice(0).forEach((resolve) => {
        resolve();
      });
  }

  #requireOpen(what: string): void {
    if (this.#closing !== null)
      throw new PipelineError('INFERENCE_FAILED', `Cannot ${what} as the session pool is closed`);
  }
}

/** Tensors that own their buffers: a view would be sent with all of the buffer behind it. */
function compact(tensors: NamedTensors): NamedTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      tensor.data.byteLength === tensor.data.buffer.byteLength
        ? tensor
        : ({ ...tensor, data: tensor.data.slice() } as typeof tensor),
    ]),
  );
}

function reasonOf(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('Aborted');
}

/** A promise's result, or the signal's reason if that comes first. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(reasonOf(signal));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}
