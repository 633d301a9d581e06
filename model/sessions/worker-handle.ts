import { Worker } from 'node:worker_threads';
import { PipelineError } from '../../core/index.ts';
import { PROCESS_TURN, releaseTurnOf } from './gpu-turn.ts';
import type { WorkerAnswer, WorkerCall } from './protocol.ts';

type Body<R> = R extends WorkerCall ? Omit<R, 'id'> : never;

export interface WorkerSource {
  /** Module that the thread runs; see `workerModule`. */
  readonly module: URL;
  /** What it finds as its `workerData`. */
  readonly data: unknown;
  /** Names it in errors: "an inference worker". */
  readonly name: string;
}

/**
 * The address of a module beside another: compiled and source files lie side by side with their own extensions.
 *
 * @param beside `import.meta.url` of the module that asks
 * @param name path from it without extension: './inference-worker'
 */
export function workerModule(beside: string, name: string): URL {
  return new URL(`${name}.${beside.endsWith('.ts') ? 'ts' : 'js'}`, beside);
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: PipelineError) => void;
  readonly what: string;
}

/** Every worker knows it. */
const CLOSE = { kind: 'close' };

/** One worker thread and the requests, of the kinds R, that it has not answered yet. */
export class WorkerHandle<R extends WorkerCall> {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #exited: Promise<void>;
  readonly #name: string;
  #nextId = 0;
  #failure: PipelineError | null = null;

  constructor({ module, data, name }: WorkerSource) {
    this.#name = name;
    this.#worker = new Worker(module, { workerData: data });
    this.#worker.on('message', (answer: WorkerAnswer) => {
      this.#settle(answer);
    });
    this.#worker.on('error', (cause: unknown) => {
      this.#fail(`its thread failed: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
    });
    const { threadId } = this.#worker;
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (status) => {
        releaseTurnOf(PROCESS_TURN, threadId);
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
   * @throws PipelineError of the worker itself; INFERENCE_FAILED if it cannot for another reason, or the thread is gone
   */
  call(request: Body<R>, what: string, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
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
    if (this.#failure === null) await this.call(CLOSE as Body<R>, 'close a worker');
    await this.#exited;
  }

  #settle(answer: WorkerAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (answer.ok) pending?.resolve(answer.result);
    else if (answer.code !== null) pending?.reject(new PipelineError(answer.code, answer.message));
    else pending?.reject(failure(pending.what, answer.message, null));
  }

  #fail(why: string, cause: unknown): void {
    this.#failure ??= failure(`use ${this.#name}`, why, cause);
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
