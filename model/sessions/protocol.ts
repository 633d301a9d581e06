import type { ErrorCode } from '../../core/index.ts';
import type { NamedTensors, RuntimeOptions } from './runtime.ts';

/** What any worker is asked; each request is answered once, in order. */
export interface WorkerCall {
  readonly kind: string;
  readonly id: number;
}

/** What a worker is started with. */
export interface WorkerOptions extends RuntimeOptions {
  /** The process's turn on the GPU. */
  readonly turn: Int32Array<SharedArrayBuffer>;
}

/** What the pool asks of a worker; each request is answered once, in order. */
export type WorkerRequest =
  | { readonly kind: 'load'; readonly id: number; readonly name: string; readonly onnx: Uint8Array }
  | { readonly kind: 'run'; readonly id: number; readonly name: string; readonly feeds: NamedTensors }
  | { readonly kind: 'loadTask'; readonly id: number; readonly name: string; readonly moduleUrl: string }
  | { readonly kind: 'runTask'; readonly id: number; readonly name: string; readonly payload: unknown }
  | { readonly kind: 'close'; readonly id: number };

export type WorkerAnswer =
  | { readonly id: number; readonly ok: true; readonly result: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly message: string;
      /** Of an operational failure that says all itself; `null` for anything else. */
      readonly code: ErrorCode | null;
    };

/** What a task may use inside its worker. */
export interface TaskContext {
  /** Runs a model of the pool in this thread. */
  readonly run: (name: string, feeds: NamedTensors) => Promise<NamedTensors>;
}

/** A task's result, with the buffers in it that are handed over instead of copied. */
export interface TaskResult {
  readonly result: unknown;
  readonly transfer: readonly ArrayBuffer[];
}

/** What a task module exports as `runTask`: work around a model that is too slow for the main thread. */
export type WorkerTask = (payload: unknown, context: TaskContext) => Promise<TaskResult>;

/** Every buffer of some tensors, once. */
export function buffersOf(tensors: NamedTensors): ArrayBuffer[] {
  return [...new Set(Object.values(tensors).map(({ data }) => data.buffer))];
}
