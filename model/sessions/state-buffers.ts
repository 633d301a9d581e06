import { Tensor as RuntimeTensor } from 'onnxruntime-node';
import { elementCount } from '../ir/dims.ts';
import { float32Tensor } from '../tensor.ts';
import type { NamedTensors } from './runtime.ts';
import { stateElements } from './step-state.ts';
import type { StepState } from './step-state.ts';
import type { ProgramState } from './training-protocol.ts';

type BufferSet = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/**
 * The state of a training in two sets of buffers that are used in turn: a step reads one and writes the other, so that
 * nothing is copied or allocated, and a step that failed has changed nothing.
 */
export class StateBuffers implements StepState {
  readonly #entries: readonly ProgramState[];
  readonly #sets: readonly [BufferSet, BufferSet];
  #current: 0 | 1 = 0;

  constructor(entries: readonly ProgramState[]) {
    this.#entries = entries;
    this.#sets = [buffersFor(entries), buffersFor(entries)];
  }

  feeds(names: readonly string[] | null = null): Readonly<Record<string, RuntimeTensor>> {
    const wanted = names === null ? null : new Set(names);
    const entries = this.#entries.filter(({ name }) => wanted?.has(name) ?? true);
    return this.#tensors(entries, this.#current, ({ name }) => name);
  }

  /** Where a step writes the new state, by the names of its outputs. */
  fetches(): Readonly<Record<string, RuntimeTensor>> {
    return this.#tensors(this.#entries, this.#spare, ({ next }) => next);
  }

  swap(): void {
    this.#current = this.#spare;
  }

  read(): NamedTensors {
    const current = this.#sets[this.#current];
    return Object.fromEntries(
      this.#entries.map(({ name, shape }) => [name, float32Tensor(current.get(name)!.slice(), shape)]),
    );
  }

  write(state: NamedTensors): void {
    const current = this.#sets[this.#current];
    for (const entry of this.#entries) current.get(entry.name)!.set(stateElements(entry, state));
  }

  get #spare(): 0 | 1 {
    return this.#current === 0 ? 1 : 0;
  }

  #tensors(
    entries: readonly ProgramState[],
    set: 0 | 1,
    nameOf: (entry: ProgramState) => string,
  ): Readonly<Record<string, RuntimeTensor>> {
    const buffers = this.#sets[set];
    return Object.fromEntries(
      entries.map((entry) => [
        nameOf(entry),
        new RuntimeTensor('float32', buffers.get(entry.name)!, entry.shape),
      ]),
    );
  }
}

function buffersFor(entries: readonly ProgramState[]): BufferSet {
  return new Map(entries.map(({ name, shape }) => [name, new Float32Array(elementCount(shape))]));
}
