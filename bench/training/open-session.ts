import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { Device } from '../../core/index.ts';
import type { NamedTensors } from '../../model/index.ts';

export interface OpenSessionOptions {
  readonly device: Device;
  /** Threads of one operator. */
  readonly threads: number;
  /** Outputs that stay in the device's memory. */
  readonly outputsOnDevice: readonly string[];
}

/** WebGPU in the graphs' own layout, as the product opens it. */
const PROVIDERS: { readonly [D in Device]: InferenceSession.ExecutionProviderConfig } = {
  cpu: 'cpu',
  webgpu: { name: 'webgpu', preferredLayout: 'NCHW' },
  cuda: 'cuda',
};

const LOG_SEVERITY_FATAL = 4;

/** Opens the runtime's own session of a model in this thread, which it blocks. */
export function openSession(
  onnx: Uint8Array,
  { device, threads, outputsOnDevice }: OpenSessionOptions,
): Promise<InferenceSession> {
  const places = Object.fromEntries(outputsOnDevice.map((name) => [name, 'gpu-buffer' as const]));
  return InferenceSession.create(onnx, {
    executionProviders: [PROVIDERS[device]],
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    interOpNumThreads: 1,
    intraOpNumThreads: threads,
    logSeverityLevel: LOG_SEVERITY_FATAL,
    ...(outputsOnDevice.length === 0 ? {} : { preferredOutputLocation: places }),
  });
}

/** Tensors as the runtime takes them; the elements are not copied. */
export function runtimeTensors(tensors: NamedTensors): Record<string, RuntimeTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      new RuntimeTensor(dtype, data, shape),
    ]),
  );
}
