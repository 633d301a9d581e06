import { parentPort, threadId, workerData } from 'node:worker_threads';
import { GpuTurn } from './gpu-turn.ts';
import { buffersOf } from './protocol.ts';
import type { TaskResult, WorkerAnswer, WorkerOptions, WorkerRequest, WorkerTask } from './protocol.ts';
import { openModel } from './runtime.ts';
import type { NamedTensors, RuntimeModel } from './runtime.ts';

// Entry of an inference worker thread: answers the pool's requests one after the other.

const port = parentPort;
if (port === null) throw new TypeError('Cannot start as this module must be a worker thread');

const options = workerData as WorkerOptions;
const turn = new GpuTurn(options.turn, threadId);
const models = new Map<string, RuntimeModel>();
const tasks = new Map<string, WorkerTask>();

const NOTHING: TaskResult = { result: null, transfer: [] };

function runModel(name: string, feeds: NamedTensors): Promise<NamedTensors> {
  const model = models.get(name);
  if (model === undefined) throw new TypeError(`no model of the name "${name}" is loaded`);
  return model.run(feeds);
}

const HANDLERS: {
  readonly [K in WorkerRequest['kind']]: (
    request: Extract<WorkerRequest, { kind: K }>,
  ) => Promise<TaskResult>;
} = {
  load: async ({ name, onnx }) => {
    const previous = models.get(name);
    models.set(name, await openModel(onnx, { ...options, turn }));
    await previous?.release();
    return NOTHING;
  },
  run: async ({ name, feeds }) => {
    const result = await runModel(name, feeds);
    return { result, transfer: buffersOf(result) };
  },
  loadTask: async ({ name, moduleUrl }) => {
    const loaded = (await import(moduleUrl)) as { readonly runTask?: unknown };
    if (typeof loaded.runTask !== 'function')
      throw new TypeError(`"${moduleUrl}" exports no function "runTask"`);
    tasks.set(name, loaded.runTask as WorkerTask);
    return NOTHING;
  },
  runTask: ({ name, payload }) => {
    const task = tasks.get(name);
    if (task === undefined) throw new TypeError(`no task of the name "${name}" is loaded`);
    return task(payload, { run: runModel });
  },
  close: async () => {
    for (const model of models.values()) await model.release();
    models.clear();
    return NOTHING;
  },
};

function post(reply: WorkerAnswer, transfer: readonly ArrayBuffer[]): void {
  port?.postMessage(reply, [...transfer]);
}

async function answer(request: WorkerRequest): Promise<void> {
  // The table ties each handler to its kind, which a call through a union cannot express.
  const handle = HANDLERS[request.kind] as (request: WorkerRequest) => Promise<TaskResult>;
  try {
    const { result, transfer } = await handle(request);
    // Within the try: a result that cannot be sent must not end the thread and all that waits for it.
    post({ id: request.id, ok: true, result }, transfer);
  } catch (error) {
    post({ id: request.id, ok: false, message: error instanceof Error ? error.message : String(error) }, []);
  }
  if (request.kind === 'close') port?.close();
}

let last = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  last = last.then(() => answer(request));
});
