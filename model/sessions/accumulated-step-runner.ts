import { Tensor as RuntimeTensor } from 'onnxruntime-node';
import { elementCount } from '../ir/dims.ts';
import { cotangentOf, featureOf, gradientOf, nextSumOf, sumOf } from './carried-names.ts';
import { openModel, runtimeTensors } from './runtime.ts';
import type { NamedTensors, OpenModelOptions, RuntimeModel, RuntimeTensors } from './runtime.ts';
import { scalarsFrom } from './scalars-from.ts';
import { StateBuffers } from './state-buffers.ts';
import type { StepRunner } from './step-runner.ts';
import type { AccumulatedStepProgram, MetricValues, StepGraph } from './training-protocol.ts';

/** Float32 numbers that stay in place, so that graphs write where the next one reads. */
interface Held {
  readonly data: Float32Array<ArrayBuffer>;
  readonly shape: readonly number[];
}

type HeldByName = ReadonlyMap<string, Held>;

/**
 * A step over pieces of a batch: encode each, the objective on all features, encode each again with the way back, update.
 * All that goes between the graphs lies in buffers that are made once.
 */
class AccumulatedStepRunner implements StepRunner {
  readonly state: StateBuffers;
  readonly #program: AccumulatedStepProgram;
  readonly #graphs: Readonly<Record<GraphName, OpenGraph>>;
  readonly #features: HeldByName;
  readonly #cotangents: HeldByName;
  /** Of the objective's parameters. */
  readonly #gradients: HeldByName;
  /** Of the encoders' parameters, in two sets used in turn. */
  readonly #sums: readonly [HeldByName, HeldByName];

  constructor(program: AccumulatedStepProgram, graphs: Readonly<Record<GraphName, OpenGraph>>) {
    this.#program = program;
    this.#graphs = graphs;
    this.state = new StateBuffers(program.state);
    const { batch, features, encoderParameters, objectiveParameters } = program;
    const shapes = new Map(program.state.map(({ name, shape }) => [name, shape]));
    const ofParameters = (names: readonly string[]): HeldByName =>
      new Map(names.map((name) => [name, held(shapes.get(name)!)]));
    const ofFeatures = (): HeldByName =>
      new Map(features.map(({ name, shape }) => [name, held([batch, ...shape])]));
    this.#features = ofFeatures();
    this.#cotangents = ofFeatures();
    this.#gradients = ofParameters(objectiveParameters);
    this.#sums = [ofParameters(encoderParameters), ofParameters(encoderParameters)];
  }

  async run(feeds: NamedTensors): Promise<MetricValues> {
    const { encode, objective, accumulate, update } = this.#graphs;
    const { metrics } = this.#program;
    const fed = { ...runtimeTensors(feeds), ...this.state.feeds() };
    for (const rows of this.#pieces()) {
      await encode.run({ ...fed, ...this.#rowsOf(fed, rows) }, tensorsOf(this.#features, featureOf, rows));
    }
    const asked = await objective.run(
      { ...fed, ...tensorsOf(this.#features, featureOf) },
      {
        ...nulls(metrics.objective),
        ...tensorsOf(this.#cotangents, cotangentOf),
        ...tensorsOf(this.#gradients, gradientOf),
      },
    );
    let sums = this.#beginSums();
    for (const rows of this.#pieces()) {
      const next = sums === this.#sums[0] ? this.#sums[1] : this.#sums[0];
      await accumulate.run(
        {
          ...fed,
          ...this.#rowsOf(fed, rows),
          ...tensorsOf(this.#cotangents, cotangentOf, rows),
          ...tensorsOf(sums, sumOf),
        },
        tensorsOf(next, nextSumOf),
      );
      sums = next;
    }
    const updated = await update.run(
      { ...fed, ...tensorsOf(this.#gradients, gradientOf), ...tensorsOf(sums, gradientOf) },
      { ...nulls(metrics.update), ...this.state.fetches() },
    );
    return { ...scalarsFrom(asked, metrics.objective), ...scalarsFrom(updated, metrics.update) };
  }

  async release(): Promise<void> {
    for (const graph of Object.values(this.#graphs)) await graph.release();
  }

  #pieces(): readonly Rows[] {
    const { batch, pieceRows } = this.#program;
    return Array.from({ length: batch / pieceRows }, (_, i) => ({ first: i * pieceRows, count: pieceRows }));
  }

  /** A piece's rows of the batch's inputs, as views on them. */
  #rowsOf(fed: RuntimeTensors, rows: Rows): RuntimeTensors {
    return Object.fromEntries(
      this.#program.rowInputs.map((name) => {
        const tensor = fed[name];
        if (tensor === undefined) throw new TypeError(`input '${name}' is missing`);
        return [name, rowsOfTensor(tensor, rows)];
      }),
    );
  }

  /** What the objective gives for the encoders' parameters, 0 for nearly all. */
  #beginSums(): HeldByName {
    const [sums] = this.#sums;
    for (const [name, { data }] of sums) {
      const own = this.#gradients.get(name);
      if (own === undefined) data.fill(0);
      else data.set(own.data);
    }
    return sums;
  }
}

interface Rows {
  readonly first: number;
  readonly count: number;
}

type GraphName = 'encode' | 'objective' | 'accumulate' | 'update';

interface OpenGraph {
  /** Feeds what the graph takes of `fed`. */
  run(fed: RuntimeTensors, outputs: Parameters<RuntimeModel['runInto']>[1]): Promise<RuntimeTensors>;
  release(): Promise<void>;
}

/** Opens the sessions of a step over pieces. */
export async function openAccumulatedStep(
  program: AccumulatedStepProgram,
  options: OpenModelOptions,
): Promise<StepRunner> {
  const open = (name: GraphName): Promise<OpenGraph> => openGraph(program[name], options);
  return new AccumulatedStepRunner(program, {
    encode: await open('encode'),
    objective: await open('objective'),
    accumulate: await open('accumulate'),
    update: await open('update'),
  });
}

async function openGraph({ onnx, inputs }: StepGraph, options: OpenModelOptions): Promise<OpenGraph> {
  const session = await openModel(onnx, options);
  return {
    run: (fed, outputs) => {
      const taken = inputs.flatMap((name) => (fed[name] === undefined ? [] : [[name, fed[name]] as const]));
      return session.runInto(Object.fromEntries(taken), outputs);
    },
    release: () => session.release(),
  };
}

function held(shape: readonly number[]): Held {
  return { data: new Float32Array(elementCount(shape)), shape };
}

/** Held numbers as tensors, all of them or some rows. */
function tensorsOf(
  values: HeldByName,
  nameOf: (name: string) => string,
  rows: Rows | null = null,
): RuntimeTensors {
  return Object.fromEntries(
    Array.from(values, ([name, { data, shape }]) => {
      const tensor = new RuntimeTensor('float32', data, shape);
      return [nameOf(name), rows === null ? tensor : rowsOfTensor(tensor, rows)];
    }),
  );
}

/** Some rows of a tensor, as a view on its numbers. */
function rowsOfTensor(tensor: RuntimeTensor, { first, count }: Rows): RuntimeTensor {
  const [batch = 1, ...rest] = tensor.dims;
  const size = elementCount(rest);
  if (batch * size === 0) throw new RangeError('Cannot take rows as the tensor must have elements');
  const data = tensor.data as Exclude<RuntimeTensor['data'], string[]>;
  return new RuntimeTensor(tensor.type, data.subarray(first * size, (first + count) * size), [
    count,
    ...rest,
  ]);
}

function nulls(names: readonly string[]): Readonly<Record<string, null>> {
  return Object.fromEntries(names.map((name) => [name, null]));
}
