import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import {
  architectureFromConfig,
  createSessionPool,
  paperGraphs,
  PAPER_MODALITIES,
  readSafetensors,
  writeOnnx,
} from '../../../model/index.ts';
import type { Tensor, Tensors } from '../../../model/index.ts';
import { realData } from '../../helpers/real-data.ts';
import { numbersOf, relativeError } from '../../helpers/run-graph.ts';

// Float32 rounding of some thousand sums; the research code's own repeat on another CPU differs by about 1e-7.
const TOLERANCE = 1e-5;

async function reference(
  context: TestContext,
): Promise<{ readonly config: unknown; readonly weights: Tensors; readonly vectors: Tensors } | null> {
  const folder = realData(context, 'reference', 'astrom3-small');
  if (folder === null) return null;
  return {
    config: JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')),
    weights: await readSafetensors(path.join(folder, 'weights.safetensors')),
    vectors: await readSafetensors(path.join(folder, 'vectors.safetensors')),
  };
}

function input(vectors: Tensors, name: string): Tensor {
  const tensor = vectors.get(`in.${name}`);
  assert.ok(tensor, name);
  return tensor;
}

test('paperGraphs() in the reference layout give what the research code gives', async (context) => {
  const files = await reference(context);
  if (files === null) return;
  const { vectors, weights } = files;
  const graphs = paperGraphs({ architecture: architectureFromConfig(files.config), layout: 'reference' });
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  try {
    for (const modality of PAPER_MODALITIES) {
      const graph = graphs[modality];
      await pool.load(modality, writeOnnx(graph, weights));
      const feeds = Object.fromEntries(graph.inputs.map(({ name }) => [name, input(vectors, name)]));
      const { embedding, encoding } = await pool.run(modality, feeds);
      const want = (name: string): number[] => numbersOf(vectors.get(`out.${name}`));
      assert.ok(relativeError(numbersOf(embedding), want(modality)) < TOLERANCE, modality);
      if (modality === 'photometry')
        assert.ok(relativeError(numbersOf(encoding), want('photometry_encoder')) < TOLERANCE, 'encoder');
    }
  } finally {
    await pool.close();
  }
});

test('A row of the paper profile is the same bits alone, in any batch and at any place', async (context) => {
  const files = await reference(context);
  if (files === null) return;
  const { vectors, weights } = files;
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  try {
    for (const layout of ['reference', 'corrected'] as const) {
      for (const attention of ['prob', 'full'] as const) {
        const architecture = { ...architectureFromConfig(files.config), attention };
        const graphs = paperGraphs({ architecture, layout });
        for (const modality of PAPER_MODALITIES) {
          const graph = graphs[modality];
          await pool.load(modality, writeOnnx(graph, weights));
          const alone = new Map<number, string>();
          for (const batch of [[0], [1], [4], [0, 1], [4, 3, 2, 1, 0, 5, 1], [1, 1, 2, 2, 3, 3, 4, 0, 5]]) {
            const feeds = Object.fromEntries(
              graph.inputs.map(({ name }) => [name, rowsOf(input(vectors, name), name, batch)]),
            );
            const { embedding } = await pool.run(modality, feeds);
            const values = numbersOf(embedding);
            const width = values.length / batch.length;
            batch.forEach((row, place) => {
              const bits = values.slice(place * width, (place + 1) * width).join();
              const known = alone.get(row);
              if (known === undefined) alone.set(row, bits);
              else
                assert.equal(
                  bits,
                  known,
                  `${layout} ${attention} ${modality}: row ${row} in [${batch.join()}]`,
                );
            });
          }
        }
      }
    }
  } finally {
    await pool.close();
  }
});

/** Some rows of a batched input; the sampled keys have no batch. */
function rowsOf(tensor: Tensor, name: string, rows: readonly number[]): Tensor {
  if (name === 'index_sample' || tensor.dtype !== 'float32') return tensor;
  const [count = 1, ...rest] = tensor.shape;
  const width = tensor.data.length / count;
  const data = new Float32Array(rows.length * width);
  rows.forEach((row, place) => {
    data.set(tensor.data.subarray(row * width, (row + 1) * width), place * width);
  });
  return { dtype: 'float32', shape: [rows.length, ...rest], data };
}

test('The corrected layout does not look at padding: what stands there changes nothing', async (context) => {
  const files = await reference(context);
  if (files === null) return;
  const { vectors, weights } = files;
  const photometry = input(vectors, 'photometry');
  const mask = Float32Array.from(numbersOf(input(vectors, 'mask')));
  const other = Float32Array.from(numbersOf(photometry));
  // The circular convolution lets a step see its neighbours: the first and last of the padding stay as they are.
  const [, length = 0, channels = 0] = photometry.shape;
  mask.forEach((kept, step) => {
    const at = step % length;
    const isInside = kept === 0 && mask[step - 1] === 0 && at > 0 && at < length - 2;
    if (isInside) other.fill(9, (step + 1) * channels, (step + 2) * channels);
  });
  const pool = createSessionPool({ workers: 1, device: 'cpu' });
  try {
    for (const attention of ['prob', 'full'] as const) {
      for (const layout of ['corrected', 'reference'] as const) {
        const architecture = { ...architectureFromConfig(files.config), attention };
        const graph = paperGraphs({ architecture, layout }).photometry;
        await pool.load('photometry', writeOnnx(graph, weights));
        const embed = async (data: Tensor): Promise<number[]> => {
          const feeds = Object.fromEntries(
            graph.inputs.map(({ name }) => [name, name === 'photometry' ? data : input(vectors, name)]),
          );
          const { embedding } = await pool.run('photometry', feeds);
          return numbersOf(embedding);
        };
        const changed = await embed({ dtype: 'float32', shape: photometry.shape, data: other });
        const error = relativeError(changed, await embed(photometry));
        if (layout === 'corrected') assert.ok(error < 1e-6, `${attention}: ${error}`);
        else assert.ok(error > 1e-4, `${attention}: padding takes part in the reference layout, ${error}`);
      }
    }
  } finally {
    await pool.close();
  }
});
