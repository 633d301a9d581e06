import { Tensor as RuntimeTensor } from 'onnxruntime-node';
import { GraphBuilder } from '../ir/builder.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import { doingOf, openModel } from './runtime.ts';
import type { Doing, NamedTensors, OpenModelOptions, RuntimeModel, RuntimeTensors } from './runtime.ts';
import { stateElements } from './step-state.ts';
import type { StepState } from './step-state.ts';
import type { ProgramState } from './training-protocol.ts';

/**
 * The state of a training in the device's memory: what a step writes there is what the next one reads, and nothing crosses
 * to the host until it is asked for. What a step did not use up is freed in the thread's turn on the device.
 *
 * Reading goes through a session that copies each tensor to an output on the host: to download a tensor of the device by
 * itself ends the process (onnxruntime-node 1.30).
 */
export class DeviceState implements StepState {
  readonly #entries: readonly ProgramState[];
  readonly #options: OpenModelOptions;
  readonly #inTurn: Doing;
  /** By name: on the host until the first step, on the device from then on. */
  #current: RuntimeTensors = {};
  /** What the last step wrote, by name, until it is taken. */
  #written: RuntimeTensors | null = null;
  #reader: RuntimeModel | null = null;

  /** @param options those of the step's own session */
  constructor(entries: readonly ProgramState[], options: OpenModelOptions) {
    this.#entries = entries;
    this.#options = options;
    this.#inTurn = doingOf(options);
  }

  feeds(names: readonly string[] | null = null): RuntimeTensors {
    const wanted = names ?? this.#entries.map(({ name }) => name);
    return Object.fromEntries(wanted.map((name) => [name, this.#current[name]!]));
  }

  /** Holds the outputs of a step until `swap`; what an earlier step wrote and nobody took is freed. */
  async hold(outputs: RuntimeTensors): Promise<void> {
    const untaken = this.#written;
    this.#written = Object.fromEntries(this.#entries.map(({ name, next }) => [name, outputs[next]!]));
    await this.#free(untaken);
  }

  async swap(): Promise<void> {
    if (this.#written === null) throw new TypeError('Cannot take a state as no step has written one');
    const old = this.#current;
    this.#current = this.#written;
    this.#written = null;
    await this.#free(old);
  }

  async read(): Promise<NamedTensors> {
    this.#reader ??= await openModel(readerOf(this.#entries), this.#options);
    const outputs = await this.#reader.runFrom(this.#current);
    return Object.fromEntries(this.#entries.map(({ name, next }) => [name, outputs[next]!]));
  }

  async write(state: NamedTensors): Promise<void> {
    const old = this.#current;
    this.#current = Object.fromEntries(
      this.#entries.map((entry) => [
        entry.name,
        new RuntimeTensor('float32', stateElements(entry, state), entry.shape),
      ]),
    );
    await this.#free(old);
  }

  /** Frees all that is on the device; the state is gone. */
  async release(): Promise<void> {
    await this.#free(this.#written);
    await this.#free(this.#current);
    this.#written = null;
    this.#current = {};
    await this.#reader?.release();
  }

  async #free(tensors: RuntimeTensors | null): Promise<void> {
    await this.#inTurn(() => {
      for (const tensor of Object.values(tensors ?? {})) tensor.dispose();
      return Promise.resolve();
    });
  }
}

/** A model that gives every tensor of a state as it is, under the name of a step's output. */
function readerOf(entries: readonly ProgramState[]): Uint8Array {
  const g = new GraphBuilder('state');
  for (const { name, next, shape } of entries) g.output(next, g.input(name, 'float32', shape));
  return writeOnnx(g.build(), new Map());
}
