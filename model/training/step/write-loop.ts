import { littleEndianBytes } from '../../endian.ts';
import type { Dim, NamedValue } from '../../ir/types.ts';
import { verifyGraph } from '../../ir/verify.ts';
import type { TrainingStep } from './training-step.ts';
import { infoOf } from '../../onnx/graph-writer.ts';
import type { ProductDType } from '../../onnx/graph-writer.ts';
import { loopBody } from './loop-body.ts';
import { encodeModel } from '../../onnx/proto.ts';
import type { OnnxValueInfo } from '../../onnx/proto.ts';

export interface LoopOptions {
  /** Inputs that are the same in all steps, such as `index_sample`. */
  readonly shared?: readonly string[];
  /** `float16` is mixed precision, for devices that multiply it faster. */
  readonly products?: ProductDType;
}

const STEP_COUNT = '%loop.count';
const START = '%loop.start';

/** Size of the metrics' only axis. */
const STEPS_RUN = 'steps_run';

/**
 * An ONNX model that runs several training steps in one call, by a Loop node: parameters and slots of the optimiser go
 * from one step to the next without leaving the device.
 *
 * Inputs: the state and what is shared as in the step; every other input with a first axis [steps], read at the number of
 * the step. Outputs: the state after the last step that was taken, under the names of the step's outputs (`next.…`); each
 * metric as [steps that ran].
 *
 * A step is taken if its loss and the norm of its gradient are finite. The first that is not ends the loop, with the state
 * from before it, and with its own metrics as the last: n metrics mean n steps taken if the last loss and norm are finite,
 * else n − 1.
 *
 * Meant for `cuda`. On `webgpu` the Loop of ONNX Runtime 1.30 runs on the CPU and the state would travel at each step:
 * there a call for each step, with outputs kept on the device, is right. On `cpu` it saves nothing.
 *
 * @param steps at least 1
 * @throws RangeError if `steps` is no positive integer
 * @throws TypeError if the graph is illegal, or if what is shared is state or no input
 * @complexity O(nodes + constants) time and memory, whatever the number of steps
 * @source ONNX operators Loop and If, operator set 20
 */
export function writeLoop(
  step: TrainingStep,
  steps: number,
  { shared = [], products = 'float32' }: LoopOptions = {},
): Uint8Array<ArrayBuffer> {
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new RangeError(
      `Cannot write a loop as its steps must be a positive integer: current value is ${steps}`,
    );
  verifyGraph(step.graph);
  const { graph, state, metrics } = step;
  const perStep = inputsPerStep(step, shared);
  return encodeModel({
    name: `${graph.name}s`,
    inputs: graph.inputs.map((input) =>
      perStep.includes(input) ? stacked(input, steps) : infoOf(input.name, input.value),
    ),
    outputs: graph.outputs.map((output) =>
      metrics.includes(output.name) ? stacked(output, STEPS_RUN) : infoOf(output.name, output.value),
    ),
    initialisers: [
      {
        name: STEP_COUNT,
        dtype: 'int64',
        shape: [],
        bytes: littleEndianBytes(BigInt64Array.of(BigInt(steps)), 8),
      },
      { name: START, dtype: 'bool', shape: [], bytes: Uint8Array.of(1) },
    ],
    nodes: [
      {
        opType: 'Loop',
        inputs: [STEP_COUNT, START, ...state.map(({ name }) => name)],
        outputs: [...state.map(({ next }) => next), ...metrics],
        attributes: {},
        subgraphs: { body: loopBody(step, { perStep, products }) },
      },
    ],
  });
}

/** The inputs that each step reads anew. */
function inputsPerStep({ graph, state }: TrainingStep, shared: readonly string[]): readonly NamedValue[] {
  const carried = new Set(state.map(({ name }) => name));
  const others = graph.inputs.filter(({ name }) => !carried.has(name));
  const wrong = shared.find((name) => !others.some((input) => input.name === name));
  if (wrong !== undefined)
    throw new TypeError(
      `Cannot write a loop as what is shared must be an input that is not state: current value is "${wrong}"`,
    );
  return others.filter(({ name }) => !shared.includes(name));
}

/** A tensor with one of these for each step. */
function stacked({ name, value: { dtype, shape } }: NamedValue, steps: Dim): OnnxValueInfo {
  return infoOf(name, { dtype, shape: [steps, ...shape] });
}
