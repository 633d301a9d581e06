import { openModel, runtimeTensors } from './runtime.ts';
import type { NamedTensors, OpenModelOptions } from './runtime.ts';
import { scalarsFrom } from './scalars-from.ts';
import { StateBuffers } from './state-buffers.ts';
import type { MetricValues, SingleStepProgram, StepProgram } from './training-protocol.ts';

/** How a step is computed inside the worker. */
export interface StepRunner {
  readonly state: StateBuffers;
  /** Computes a step into the spare buffers of `state`; whether they are taken is for the caller to say. */
  run(feeds: NamedTensors): Promise<MetricValues>;
  release(): Promise<void>;
}

type Kind = StepProgram['kind'];
type ProgramOf<K extends Kind> = Extract<StepProgram, { readonly kind: K }>;

/** Every kind's runner: a kind without one does not compile. */
const RUNNERS: {
  readonly [K in Kind]: (program: ProgramOf<K>, options: OpenModelOptions) => Promise<StepRunner>;
} = { single: openSingleStep };

/** Opens the sessions of a step. */
export function openStepRunner(program: StepProgram, options: OpenModelOptions): Promise<StepRunner> {
  return RUNNERS[program.kind](program, options);
}

async function openSingleStep(
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
