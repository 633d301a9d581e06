/**
 * Keeps ONNX Runtime from sending usage statistics to its maker, and from leaving `mat-debug-PID.log` and `.ses` in the
 * temporary folder. It looks at the process's environment once, when its library is loaded; a worker has a copy of the
 * environment only, so this is for the main thread, before the first worker starts. What the user has set stays.
 *
 * @source microsoft/onnxruntime pull request 27379; seen with onnxruntime-node 1.30.0 on Linux
 */
export function declineRuntimeTelemetry(): void {
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1';
}
