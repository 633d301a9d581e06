import { openAccumulatedStep } from './accumulated-step-runner.ts';
import { DeviceState } from './device-state.ts';
import { openModel, runtimeTensors } from './runtime.ts';
import type { NamedTensors, OpenModelOptions } from './runtime.ts';
import { scalarsFrom } from './scalars-from.ts';
import { StateBuffers } from './state-buffers.ts';
import type { StepState } from './step-state.ts';
import type { MetricValues, SingleStepProgram, StepProgram } from './training-protocol.ts';

/** How a step is computed inside the worker. */
export interface StepRunner {
  readonly state: StepState;
  /** Computes a step; whether `state` takes what it wrote is for the caller to say. */
  run(feeds: NamedTensors): Promise<MetricValues>;
  release(): Promise<void>;
}

type Kind = StepProgram['kind'];
type ProgramOf<K extends Kind> = Extract<StepProgram, { readonly kind: K }>;

/** Every kind's runner: a kind without one does not compile. */
const RUNNERS: {
  readonly [K in Kind]: (program: ProgramOf<K>, options: OpenModelOptions) => Promise<StepRunner>;
} = { single: openSingleStep, accumulated: openAccumulatedStep };

/** Opens the sessions of a step. */
export function openStepRunner(program: StepProgram, options: OpenModelOptions): Promise<StepRunner> {
  // The table ties each runner to its kind, which a call through a union cannot express.
  const open = RUNNERS[program.kind] as (
    program: StepProgram,
    options: OpenModelOptions,
  ) => Promise<StepRunner>;
  return open(program, options);
}

function openSingleStep(program: SingleStepProgram, options: OpenModelOptions): Promise<StepRunner> {
  return options.device === 'webgpu' ? openDeviceStep(program, options) : openHostStep(program, options);
}

/** A step whose state stays on the device. */
async function openDeviceStep(
  { onnx, state: entries, metrics }: SingleStepProgram,
  options: OpenModelOptions,
): Promise<StepRunner> {
  const kept = entries.map(({ next }) => next);
  const session = await openModel(onnx, { ...options, keptOutputs: kept });
  const state = new DeviceState(entries, options);
  const wanted = Object.fromEntries([...kept, ...metrics].map((name) => [name, null]));
  return {
    state,
    run: async (feeds) => {
      const outputs = await session.runInto({ ...runtimeTensors(feeds), ...state.feeds() }, wanted);
      await state.hold(outputs);
      return scalarsFrom(outputs, metrics);
    },
    release: async () => {
      await state.release();
      await session.release();
    },
  };
}

/** A step whose state is written into buffers of the host. */
async function openHostStep(
  { onnx, state: entries, metrics }: SingleStepProgram,
  options: OpenModelOptions,
): Promise<StepRunner> {
  const session = await openModel(onnx, options);
  const state = new StateBuffers(entries);
  // An output without a tensor of its own is left to the runtime.
  const scalars = Object.fromEntries(metrics.map((name) => [name, null]));
  return {
    state,
    run: async (feeds) => {
      const outputs = await session.runInto(
        { ...runtimeTensors(feeds), ...state.feeds() },
        { ...state.fetches(), ...scalars },
      );
      return scalarsFrom(outputs, metrics);
    },
    release: () => session.release(),
  };
}
