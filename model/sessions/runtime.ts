import { env, InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Tensor, TensorDType } from '../tensor.ts';

/** Where a session runs. */
export const DEVICES = ['cpu'] as const;
export type Device = (typeof DEVICES)[number];

/** Tensors by name: what a model is fed and what it gives. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

export interface RuntimeOptions {
  readonly device: Device;
  /** Threads of one operator. Results do not depend on scheduling with 1. */
  readonly intraOpThreads: number;
}

/** ONNX Runtime's severity "fatal": what it has to say reaches the user as an error of ours, not as its log lines. */
const LOG_SEVERITY_FATAL = 4;

/** Opens a model. The calling thread is blocked for as long as the runtime optimises it. */
export async function openModel(bytes: Uint8Array, options: RuntimeOptions): Promise<RuntimeModel> {
  return new RuntimeModel(await openSession(bytes, options));
}

/** Opens the runtime's own session of a model. */
export function openSession(
  bytes: Uint8Array,
  { device, intraOpThreads }: RuntimeOptions,
): Promise<InferenceSession> {
  env.logLevel = 'fatal';
  return InferenceSession.create(bytes, {
    executionProviders: [device],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    intraOpNumThreads: intraOpThreads,
    logSeverityLevel: LOG_SEVERITY_FATAL,
  });
}

/** Tensors as the runtime takes them; the elements are not copied. */
export function runtimeTensors(tensors: NamedTensors): Readonly<Record<string, RuntimeTensor>> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      new RuntimeTensor(dtype, data, shape),
    ]),
  );
}

/** An open model; `run` blocks its thread, so that it belongs in a worker. */
export class RuntimeModel {
  readonly #session: InferenceSession;

  constructor(session: InferenceSession) {
    this.#session = session;
  }

  /** @returns every output, each in a buffer of its own that can be transferred */
  async run(feeds: NamedTensors): Promise<NamedTensors> {
    const outputs = await this.#session.run(runtimeTensors(feeds));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, tensorFrom(name, value)]),
    );
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** How the runtime's array of each element type is copied: its buffers are its own and cannot be transferred. */
const COPY: { readonly [D in TensorDType]: (data: unknown) => Extract<Tensor, { dtype: D }>['data'] | null } =
  {
    float32: (data) => (data instanceof Float32Array ? Float32Array.from(data) : null),
    float64: (data) => (data instanceof Float64Array ? Float64Array.from(data) : null),
    int64: (data) => (data instanceof BigInt64Array ? BigInt64Array.from(data) : null),
    int32: (data) => (data instanceof Int32Array ? Int32Array.from(data) : null),
    uint8: (data) => (data instanceof Uint8Array ? Uint8Array.from(data) : null),
    bool: (data) => (data instanceof Uint8Array ? Uint8Array.from(data) : null),
  };

function tensorFrom(name: string, value: RuntimeTensor): Tensor {
  const dtype = value.type;
  const data = dtype in COPY ? COPY[dtype as TensorDType](value.data) : null;
  if (data === null)
    throw new TypeError(
      `Cannot read output "${name}" as its element type is not supported: current value is ${dtype}`,
    );
  // COPY ties the array's type to the element type.
  return { dtype, shape: [...value.dims], data } as Tensor;
}
