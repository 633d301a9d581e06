import { env, InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Device } from '../../core/index.ts';
import type { Tensor, TensorDType } from '../tensor.ts';
import type { GpuTurn } from './gpu-turn.ts';

/** Tensors by name: what a model is fed and what it gives. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

export interface RuntimeOptions {
  /** Where the session runs; operations that the device does not know run on the CPU, and their operands are copied. */
  readonly device: Device;
  /** Threads of one operator. Results do not depend on scheduling with 1. */
  readonly intraOpThreads: number;
}

/** ONNX Runtime's severity "fatal": what it has to say reaches the user as an error of ours, not as its log lines. */
const LOG_SEVERITY_FATAL = 4;

/**
 * The runtime's provider for each device.
 *
 * WebGPU keeps the graphs' own layout: with the other one, which is its default, a convolution of 6, 9, 15 … channels (a
 * multiple of 3 above 3, not of 4) to a multiple of 4 gives wrong numbers.
 *
 * @source conv2d_mm.cc of onnxruntime 1.30, where three channels at a time are read as if there were three in all;
 *   microsoft/onnxruntime issue 29651
 */
const PROVIDERS: { readonly [D in Device]: InferenceSession.ExecutionProviderConfig } = {
  cpu: 'cpu',
  webgpu: { name: 'webgpu', preferredLayout: 'NCHW' },
  cuda: 'cuda',
};

/** How a use of the runtime is done: at once, or in turn with the other threads of the process. */
export type Doing = <T>(work: () => Promise<T>) => Promise<T>;

const AT_ONCE: Doing = (work) => work();

/** How sessions of these options are used, and tensors on their device freed. */
export function doingOf({ device, turn }: Pick<OpenModelOptions, 'device' | 'turn'>): Doing {
  return device === 'webgpu' && turn !== null ? (work) => turn.take(work) : AT_ONCE;
}

export interface OpenModelOptions extends RuntimeOptions {
  /** The thread's turn, for a device that one thread may use at a time; `null` where this is the only one. */
  readonly turn: GpuTurn | null;
  /** True to refuse a model with an operation that the device does not know, instead of running that on the CPU. */
  readonly isStrict?: boolean;
  /** What the runtime writes to standard error; `fatal` by default, since its errors are thrown. The first call decides. */
  readonly logLevel?: 'fatal' | 'error';
  /** Outputs that stay in the memory of `webgpu`, where another session of the process can read them; none by default. */
  readonly keptOutputs?: readonly string[];
}

/**
 * Opens a model. The calling thread is blocked for as long as the runtime optimises it.
 *
 * @throws Error of the runtime if the bytes are no model that it knows, or the device is not there
 */
export async function openModel(bytes: Uint8Array, options: OpenModelOptions): Promise<RuntimeModel> {
  const { device, intraOpThreads, isStrict = false, logLevel = 'fatal', keptOutputs = [] } = options;
  env.logLevel = logLevel;
  const inTurn = doingOf(options);
  const session = await inTurn(() =>
    InferenceSession.create(bytes, {
      executionProviders: [PROVIDERS[device]],
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      interOpNumThreads: 1,
      intraOpNumThreads: intraOpThreads,
      logSeverityLevel: LOG_SEVERITY_FATAL,
      ...(keptOutputs.length === 0
        ? {}
        : {
            preferredOutputLocation: Object.fromEntries(
              keptOutputs.map((name) => [name, 'gpu-buffer' as const]),
            ),
          }),
      extra: { session: { disable_cpu_ep_fallback: isStrict ? '1' : '0' } },
    }),
  );
  return new RuntimeModel(session, inTurn);
}

/** Tensors of the runtime by name. */
export type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>;

/** Tensors as the runtime takes them; the elements are not copied. */
export function runtimeTensors(tensors: NamedTensors): RuntimeTensors {
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
  readonly #inTurn: Doing;

  constructor(session: InferenceSession, inTurn: Doing) {
    this.#session = session;
    this.#inTurn = inTurn;
  }

  /** @returns every output, each in a buffer of its own that can be transferred */
  async run(feeds: NamedTensors): Promise<NamedTensors> {
    return this.runFrom(runtimeTensors(feeds));
  }

  /** As `run`, from tensors of the runtime, which may lie on the device. */
  async runFrom(inputs: RuntimeTensors): Promise<NamedTensors> {
    const outputs = await this.#inTurn(() => this.#session.run(inputs));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, value]) => [name, tensorFrom(name, value)]),
    );
  }

  /**
   * As `run`, without copies: outputs go into the tensors given for them.
   *
   * @param outputs every output that is wanted; `null` leaves the tensor to the runtime
   */
  runInto(
    inputs: RuntimeTensors,
    outputs: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<RuntimeTensors> {
    return this.#inTurn(() => this.#session.run(inputs, outputs));
  }

  async release(): Promise<void> {
    await this.#inTurn(() => this.#session.release());
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
