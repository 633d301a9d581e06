import { Worker } from 'node:worker_threads';
import { PipelineError } from '../../core/index.ts';
import { releaseTurnOf } from './gpu-turn.ts';
import type { WorkerAnswer, WorkerOptions, WorkerRequest } from './protocol.ts';

type RequestBody = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, 'id'> : never) : never;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: PipelineError) => void;
  readonly what: string;
}

/** One worker thread and the requests that it has not answered yet. */
export class WorkerHandle {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  #nextId = 0;
  #failure: PipelineError | null = null;

  constructor(options: WorkerOptions) {
    // Compiled and source files lie side by side with their own extensions.
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./inference-worker.${extension}`, import.meta.url), {
      workerData: options,
    });
    this.#worker.on('message', (answer: WorkerAnswer) => {
      this.#settle(answer);
    });
    this.#worker.on('error', (cause: unknown) => {
      this.#fail(`its thread failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    });
    const { threadId } = this.#worker;
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (status) => {
        releaseTurnOf(options.turn, threadId);
        this.#fail(`its thread ended: current exit status is ${status}`, null);
        resolve();
      });
    });
  }

  /** Requests posted and not answered; infinity once the thread is gone, so that others are asked first. */
  get load(): number {
    return this.#failure === null ? this.#pending.size : Infinity;
  }

  /**
   * Asks the worker for one thing.
   *
   * @param what names it in an error: 'run "paper"'
   * @throws PipelineError INFERENCE_FAILED if it cannot, or the thread is gone
   */
  call(request: RequestBody, what: string, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, what });
      try {
        this.#worker.postMessage({ ...request, id }, [...transfer]);
      } catch (cause) {
        this.#pending.delete(id);
        reject(failure(what, cause instanceof Error ? cause.message : String(cause), cause));
      }
    });
  }

  /** Ends the thread after what it was asked before. */
  async close(): Promise<void> {
    if (this.#failure === null) await this.call({ kind: 'close' }, 'close a worker');
    await this.#exited;
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.ok) pending?.resolve(answer.result);
    else pending?.reject(failure(pending.what, answer.message, null));
  }

  #fail(why: string, cause: unknown): void {
    this.#failure ??= failure('use an inference worker', why, cause);
    for (const { reject, what } of this.#pending.values()) reject(failure(what, why, cause));
    this.#pending.clear();
  }
}

function failure(what: string, why: string, cause: unknown): PipelineError {
  // The runtime's messages end in line breaks and stack details: the first line says what is wrong.
  const reason = why.trim().split('\n')[0] ?? '';
  return new PipelineError(
    'INFERENCE_FAILED',
    `Cannot ${what} as ${reason}`,
    cause === null ? {} : { cause },
  );
}
