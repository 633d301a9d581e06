import { createSessionPool, GraphBuilder, writeOnnx } from '../../model/index.ts';
import type { Graph, NamedTensors, Tensor, Tensors, Value } from '../../model/index.ts';

/** A graph with the outputs that `define` returns, by name. */
export function graphOf(name: string, define: (g: GraphBuilder) => Readonly<Record<string, Value>>): Graph {
  const g = new GraphBuilder(name);
  for (const [output, value] of Object.entries(define(g))) g.output(output, value);
  return g.build();
}

/** Runs one graph once in a pool of its own. */
export async function runGraph(
  graph: Graph,
  feeds: NamedTensors,
  { weights = new Map() }: { readonly weights?: Tensors } = {},
): Promise<NamedTensors> {
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  try {
    await pool.load(graph.name, writeOnnx(graph, weights));
    return await pool.run(graph.name, feeds);
  } finally {
    await pool.close();
  }
}

/** Elements as numbers; none for a tensor that is not there. */
export function numbersOf(tensor: Tensor | undefined): number[] {
  if (tensor === undefined) return [];
  return tensor.data instanceof BigInt64Array ? Array.from(tensor.data, Number) : Array.from(tensor.data);
}

/** ‖got − want‖ / ‖want‖; infinity if the lengths differ. */
export function relativeError(got: ArrayLike<number>, want: ArrayLike<number>): number {
  if (got.length !== want.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < want.length; i++) {
    difference += ((got[i] ?? 0) - (want[i] ?? 0)) ** 2;
    size += (want[i] ?? 0) ** 2;
  }
  return Math.sqrt(difference / (size || 1));
}
