import { systemClock } from '../../core/index.ts';
import {
  createSessionPool,
  PAPER_MODALITIES,
  paperGraphs,
  readSafetensors,
  writeOnnx,
} from '../../model/index.ts';
import type { NamedTensors } from '../../model/index.ts';
import { processUsage } from '../process-usage.ts';
import { median } from '../result.ts';
import { SIZED_MODELS } from './sizes.ts';
import { parseVariantArguments } from './variant-arguments.ts';

// A fresh process of `bench -- gpu`: one JSON argument, a `VariantArguments`. The three encoders one after the other.

const { case: embedded, warmUpSteps, steps, device, threads, products } = parseVariantArguments();
const weights = await readSafetensors(embedded.weightsFile);
const inputs: NamedTensors = Object.fromEntries(await readSafetensors(embedded.inputsFile));
const graphs = paperGraphs(SIZED_MODELS[embedded.sizes]);
const pool = createSessionPool({ workers: 1, device, intraOpThreads: threads });
const encoders = PAPER_MODALITIES.map((modality) => {
  const graph = graphs[modality];
  const names = new Set(graph.inputs.map(({ name }) => name));
  const feeds = Object.fromEntries(Object.entries(inputs).filter(([name]) => names.has(name)));
  return { modality, feeds, onnx: writeOnnx(graph, weights, { products }) };
});
for (const { modality, onnx } of encoders) await pool.load(modality, onnx);

/** Farthest of an embedding's squared length from 1, over the modalities. */
let farthest = 0;
async function embed(): Promise<void> {
  for (const { modality, feeds } of encoders) {
    const { embedding } = await pool.run(modality, feeds);
    const { data } = embedding ?? {};
    const squares = data instanceof Float32Array ? data.reduce((sum, value) => sum + value ** 2, 0) : NaN;
    const apart = Math.abs(squares / embedded.batch - 1);
    farthest = apart <= farthest ? farthest : apart;
  }
}

const passesMs: number[] = [];
for (let pass = 0; pass < warmUpSteps + steps; pass++) {
  const passMs = systemClock.monotonicMs();
  await embed();
  if (pass >= warmUpSteps) passesMs.push(systemClock.monotonicMs() - passMs);
}
if (!(farthest < 1e-2))
  throw new Error(`Cannot measure as embeddings must be unit vectors: current squares are ${farthest} off`);
const { peakRssMib } = processUsage(process.pid);
await pool.close();
process.stdout.write(`${JSON.stringify({ stepMs: median(passesMs), peakMib: peakRssMib })}\n`);
