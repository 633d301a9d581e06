import type { Tensor } from '../tensor.ts';
import type { NamedTensors, RuntimeTensors } from './runtime.ts';
import type { ProgramState } from './training-protocol.ts';

/** What steps change, held by their worker from one to the next. */
export interface StepState {
  /** The state as inputs, by name; only `names` if given. */
  feeds(names?: readonly string[] | null): RuntimeTensors;
  /** Takes what the last step wrote as the state. */
  swap(): void | Promise<void>;
  /** Copies of the whole state. */
  read(): NamedTensors | Promise<NamedTensors>;
  /**
   * Replaces the whole state.
   *
   * @throws TypeError if a tensor is missing or of another type or shape
   */
  write(state: NamedTensors): void | Promise<void>;
}

/** The elements of one tensor of a state. @throws TypeError if it is missing or of another type or shape */
export function stateElements(
  { name, shape }: Pick<ProgramState, 'name' | 'shape'>,
  state: NamedTensors,
): Float32Array<ArrayBuffer> {
  const tensor: Tensor | undefined = state[name];
  if (tensor?.dtype === 'float32' && tensor.shape.join() === shape.join()) return tensor.data;
  const current = tensor === undefined ? 'none' : `${tensor.dtype}[${tensor.shape.join(', ')}]`;
  throw new TypeError(
    `Cannot take a state as "${name}" must be float32[${shape.join(', ')}]: current value is ${current}`,
  );
}
