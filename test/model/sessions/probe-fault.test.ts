import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeFault } from '../../../model/sessions/probe-fault.ts';

const NO_ADAPTER =
  '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize' +
  '(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == ' +
  'wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n';
const NO_CUDA = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
const notLoaded = (library: string, why: string): string =>
  '[E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] /onnxruntime_src/onnxruntime/core/session/' +
  'provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : ' +
  `Failed to load library ${library} with error: ${why}\n`;

test('probeFault() says what a runtime and its drivers mean, the cause first', () => {
  const noLoader =
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory\n";
  const noDriver = 'Warning: vkCreateInstance: Found no drivers!\nWarning: vkCreateInstance failed\n';
  const missing = '/m/onnxruntime-node/bin/libonnxruntime_providers_shared.so';
  const cases = [
    [NO_ADAPTER, noLoader, 'libvulkan.so.1 is not installed'],
    [NO_ADAPTER, noDriver, 'there is no Vulkan driver'],
    [NO_ADAPTER, '', 'its drivers have no adapter'],
    [
      NO_CUDA,
      notLoaded(missing, `${missing}: cannot open shared object file: No such file or directory`),
      'libonnxruntime_providers_shared.so is not there',
    ],
    [
      NO_CUDA,
      notLoaded(
        '/m/libonnxruntime_providers_cuda.so',
        'libcudnn.so.9: cannot open shared object file: No such file',
      ),
      'libcudnn.so.9 is not there',
    ],
    [NO_CUDA, '', NO_CUDA],
    [
      'no available backend found. ERR: [webgpu] backend not found.',
      '',
      'ONNX Runtime has none for this system',
    ],
    [
      'CUDA failure 100: no CUDA-capable device is detected\n  at line 7',
      '',
      'CUDA failure 100: no CUDA-capable device is detected',
    ],
  ] as const;
  for (const [message, log, expected] of cases) assert.equal(probeFault(message, log), expected);
});
