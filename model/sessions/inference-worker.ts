import { threadId, workerData } from 'node:worker_threads';
import { GpuTurn } from './gpu-turn.ts';
import { buffersOf } from './protocol.ts';
import type { WorkerOptions, WorkerRequest, WorkerTask } from './protocol.ts';
import { openModel } from './runtime.ts';
import type { NamedTensors, RuntimeModel } from './runtime.ts';
import { NOTHING, serveRequests } from './serve-requests.ts';

// Entry of an inference worker thread: answers the pool's requests one after the other.

const options = workerData as WorkerOptions;
const turn = new GpuTurn(options.turn, threadId);
const models = new Map<string, RuntimeModel>();
const tasks = new Map<string, WorkerTask>();

function runModel(name: string, feeds: NamedTensors): Promise<NamedTensors> {
  const model = models.get(name);
  if (model === undefined) throw new TypeError(`no model of the name "${name}" is loaded`);
  return model.run(feeds);
}

serveRequests<WorkerRequest>({
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
});
