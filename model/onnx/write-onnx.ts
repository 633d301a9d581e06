import type { Graph } from '../ir/types.ts';
import { verifyGraph } from '../ir/verify.ts';
import type { Tensors } from '../tensor.ts';
import { GraphWriter } from './graph-writer.ts';
import type { ProductDType } from './graph-writer.ts';
import { encodeModel } from './proto.ts';

export interface WriteOptions {
  /** `float16` is mixed precision, for devices that multiply it faster; by default float32. */
  readonly products?: ProductDType;
}

/**
 * A graph with its weights as an ONNX model. The bytes depend on nothing else.
 *
 * @param weights float32 tensors by parameter name, of the parameters' shapes; others are left out
 * @throws TypeError if the graph is illegal, a weight is missing, or has another type or shape
 * @complexity O(nodes + weights) time; the model is held twice in memory while it is written
 */
export function writeOnnx(
  graph: Graph,
  weights: Tensors,
  options: WriteOptions = {},
): Uint8Array<ArrayBuffer> {
  verifyGraph(graph);
  return encodeModel(new GraphWriter(graph, weights, options).write());
}
