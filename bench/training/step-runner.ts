import type { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Device } from '../../core/index.ts';
import { writeOnnx } from '../../model/index.ts';
import type { NamedTensors } from '../../model/index.ts';
import { GRADIENT_NORM } from '../../model/training/apply-update.ts';
import { LOSS } from '../../model/training/training-step.ts';
import type { MeasuredStep } from './measured-step.ts';
import { openSession, runtimeTensors } from './open-session.ts';

/** What a step tells. */
export interface StepOutcome {
  readonly loss: number;
  /** Global norm of the gradients before clipping. */
  readonly norm: number;
}

/** Does one step after the other, each from the state that the last one left. */
export interface StepRunner {
  /** Steps of one call. */
  readonly stepsPerRun: number;
  run(): Promise<readonly StepOutcome[]>;
  release(): Promise<void>;
}

export interface StepRunnerOptions {
  readonly device: Device;
  /** Threads of one operator. */
  readonly threads: number;
}

type Open = (measured: MeasuredStep, options: StepRunnerOptions) => Promise<StepRunner>;

/** Where the state is between steps. */
const RUNNERS: { readonly [D in Device]: Open } = {
  cpu: runInTwoSets,
  cuda: runInTwoSets,
  webgpu: runOnDevice,
};

/** Opens the session of a step, its state in the place that is right for the device. */
export function openStepRunner(measured: MeasuredStep, options: StepRunnerOptions): Promise<StepRunner> {
  return RUNNERS[options.device](measured, options);
}

/**
 * State in two sets of buffers of the host, used in turn, the first of them the given state: a step reads one and writes the
 * other, so that nothing is allocated or copied on a CPU.
 */
async function runInTwoSets(measured: MeasuredStep, options: StepRunnerOptions): Promise<StepRunner> {
  const { state, metrics } = measured.step;
  const session = await openStep(measured, { ...options, outputsOnDevice: [] });
  let current = runtimeTensors(measured.state);
  let spare = runtimeTensors(zerosLike(measured));
  const scalars = Object.fromEntries(metrics.map((name) => [name, null]));
  return stepRunner(measured, session, async (feeds) => {
    const fetches = Object.fromEntries(state.map(({ name, next }) => [next, tensorOf(spare, name)]));
    const outputs = await session.run({ ...feeds, ...current }, { ...fetches, ...scalars });
    [current, spare] = [spare, current];
    return outputs;
  });
}

/** State in the device's memory: what one step gives is fed to the next, and never seen by the host. */
async function runOnDevice(measured: MeasuredStep, options: StepRunnerOptions): Promise<StepRunner> {
  const { state } = measured.step;
  const session = await openStep(measured, { ...options, outputsOnDevice: state.map(({ next }) => next) });
  let current = runtimeTensors(measured.state);
  return stepRunner(measured, session, async (feeds) => {
    const outputs = await session.run({ ...feeds, ...current });
    for (const tensor of Object.values(current)) tensor.dispose();
    current = Object.fromEntries(state.map(({ name, next }) => [name, tensorOf(outputs, next)]));
    return outputs;
  });
}

function openStep(
  { step, products }: MeasuredStep,
  options: Parameters<typeof openSession>[1],
): Promise<InferenceSession> {
  return openSession(writeOnnx(step.graph, new Map(), { products }), options);
}

type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>;

/** Counts steps, feeds each, and reads what it tells. */
function stepRunner(
  { batch, scalarsAt }: MeasuredStep,
  session: InferenceSession,
  run: (feeds: RuntimeTensors) => Promise<RuntimeTensors>,
): StepRunner {
  let steps = 0;
  return {
    stepsPerRun: 1,
    run: async () => {
      steps++;
      const outputs = await run(runtimeTensors({ ...batch, ...scalarsAt(steps) }));
      return [{ loss: scalarOf(outputs, LOSS), norm: scalarOf(outputs, GRADIENT_NORM) }];
    },
    release: () => session.release(),
  };
}

function zerosLike({ state }: MeasuredStep): NamedTensors {
  return Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [
      name,
      { dtype: 'float32', shape: tensor.shape, data: new Float32Array(tensor.data.length) } as const,
    ]),
  );
}

function tensorOf(tensors: RuntimeTensors, name: string): RuntimeTensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new TypeError(`Cannot do a step as it needs a tensor "${name}"`);
  return tensor;
}

function scalarOf(outputs: RuntimeTensors, name: string): number {
  const { data } = tensorOf(outputs, name);
  return data instanceof Float32Array ? (data[0] ?? NaN) : NaN;
}
