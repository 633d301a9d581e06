import type { Tensor as RuntimeTensor } from 'onnxruntime-node';
import type { MetricValues } from './training-protocol.ts';

/**
 * Outputs that are float32 scalars, as numbers.
 *
 * @throws TypeError if one is missing or of another element type
 */
export function scalarsFrom(
  outputs: Readonly<Record<string, RuntimeTensor>>,
  names: readonly string[],
): MetricValues {
  return Object.fromEntries(
    names.map((name) => {
      const data = outputs[name]?.data;
      const value = data instanceof Float32Array ? data[0] : undefined;
      if (value === undefined) throw new TypeError(`Cannot read "${name}" as it must be a float32 scalar`);
      return [name, value];
    }),
  );
}
