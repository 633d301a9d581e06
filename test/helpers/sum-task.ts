import { float32Tensor } from '../../model/index.ts';
import type { WorkerTask } from '../../model/index.ts';
import { numbersOf } from './run-graph.ts';

/** Adds what the model "double" makes of some numbers. */
export const runTask: WorkerTask = async (payload, { run }) => {
  if (!Array.isArray(payload)) throw new TypeError('the payload must be a list');
  const numbers = Float32Array.from(payload as readonly number[]);
  const { y } = await run('double', { x: float32Tensor(numbers, [numbers.length]) });
  const result = numbersOf(y).reduce((sum, value) => sum + value, 0);
  return { result, transfer: [] };
};
