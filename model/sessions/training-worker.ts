import { threadId, workerData } from 'node:worker_threads';
import { GpuTurn } from './gpu-turn.ts';
import { buffersOf } from './protocol.ts';
import type { WorkerOptions } from './protocol.ts';
import { openModel, runtimeTensors } from './runtime.ts';
import type { NamedTensors, OpenModelOptions, RuntimeModel } from './runtime.ts';
import { scalarsFrom } from './scalars-from.ts';
import { NOTHING, serveRequests } from './serve-requests.ts';
import { openStepRunner } from './step-runner.ts';
import type { StepRunner } from './step-runner.ts';
import type { EvaluationProgram, StepOutcome, TrainingRequest } from './training-protocol.ts';

// Entry of a training worker thread: holds the state between steps, so that it crosses threads for checkpoints only.

interface Evaluation extends EvaluationProgram {
  readonly model: RuntimeModel;
}

const { turn, ...runtime } = workerData as WorkerOptions;
const options: OpenModelOptions = { ...runtime, turn: new GpuTurn(turn, threadId) };
let opened: { readonly runner: StepRunner; readonly evaluation: Evaluation | null } | null = null;
let constants: NamedTensors = {};

function requireOpened(): NonNullable<typeof opened> {
  if (opened === null) throw new TypeError('no training is open');
  return opened;
}

async function openEvaluation(program: EvaluationProgram | null): Promise<Evaluation | null> {
  return program === null ? null : { ...program, model: await openModel(program.onnx, options) };
}

/** The constants among a graph's inputs, with what comes with a batch. */
function withConstants(feeds: NamedTensors): NamedTensors {
  return { ...constants, ...feeds };
}

serveRequests<TrainingRequest>({
  open: async ({ programs, state }) => {
    const runner = await openStepRunner(programs.step, options);
    await runner.state.write(state);
    constants = programs.constants;
    opened = { runner, evaluation: await openEvaluation(programs.evaluation) };
    return NOTHING;
  },
  step: async ({ feeds }) => {
    const { runner } = requireOpened();
    const metrics = await runner.run(withConstants(feeds));
    const isTaken = Object.values(metrics).every(Number.isFinite);
    if (isTaken) await runner.state.swap();
    return { result: { metrics, isTaken } satisfies StepOutcome, transfer: [] };
  },
  evaluate: async ({ feeds }) => {
    const { runner, evaluation } = requireOpened();
    if (evaluation === null) throw new TypeError('no evaluation is open');
    const { model, parameters, metrics } = evaluation;
    const outputs = await model.runInto(
      {
        ...runtimeTensors(withConstants(feeds)),
        ...runner.state.feeds(parameters),
      },
      Object.fromEntries(metrics.map((name) => [name, null])),
    );
    return { result: scalarsFrom(outputs, metrics), transfer: [] };
  },
  readState: async () => {
    const result = await requireOpened().runner.state.read();
    return { result, transfer: buffersOf(result) };
  },
  writeState: async ({ state }) => {
    await requireOpened().runner.state.write(state);
    return NOTHING;
  },
  close: async () => {
    await opened?.runner.release();
    await opened?.evaluation?.model.release();
    opened = null;
    return NOTHING;
  },
});
