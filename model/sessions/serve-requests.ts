import { parentPort } from 'node:worker_threads';
import { PipelineError } from '../../core/index.ts';
import type { TaskResult, WorkerAnswer, WorkerCall } from './protocol.ts';

/** What a worker does for each kind of request: a kind without a handler does not compile. */
export type RequestHandlers<R extends WorkerCall> = {
  readonly [K in R['kind']]: (request: Extract<R, { readonly kind: K }>) => TaskResult | Promise<TaskResult>;
};

/** The answer of a request that gives nothing back. */
export const NOTHING: TaskResult = { result: null, transfer: [] };

/**
 * Answers the requests of the thread that started this one, one after the other; after `close` the thread ends.
 *
 * @throws TypeError in a thread that is no worker
 */
export function serveRequests<R extends WorkerCall>(handlers: RequestHandlers<R>): void {
  const port = parentPort;
  if (port === null) throw new TypeError('Cannot start as this module must be a worker thread');
  const post = (answer: WorkerAnswer, transfer: readonly ArrayBuffer[]): void => {
    port.postMessage(answer, [...transfer]);
  };
  const answer = async (request: R): Promise<void> => {
    // The table ties each handler to its kind, which a call through a union cannot express.
    const handle = handlers[request.kind as R['kind']] as (request: R) => TaskResult | Promise<TaskResult>;
    try {
      const { result, transfer } = await handle(request);
      // Within the try: a result that cannot be sent must not end the thread and all that waits for it.
      post({ id: request.id, ok: true, result }, transfer);
    } catch (error) {
      post({ id: request.id, ok: false, ...failureOf(error) }, []);
    }
    if (request.kind === 'close') port.close();
  };
  let last = Promise.resolve();
  port.on('message', (request: R) => {
    last = last.then(() => answer(request));
  });
}

function failureOf(error: unknown): Pick<Extract<WorkerAnswer, { readonly ok: false }>, 'code' | 'message'> {
  if (error instanceof PipelineError) return { code: error.code, message: error.message };
  return { code: null, message: error instanceof Error ? error.message : String(error) };
}
