import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { encodedWidth } from '../../../model/quantile-encoding.ts';
import { Random } from '../../../core/index.ts';
import { DEFAULT_ALERTS_ARCHITECTURE } from '../../../model/alerts/architecture.ts';
import { GLOBAL_INPUTS } from '../../../model/alerts/global-inputs.ts';
import {
  alertsParameterCount,
  alertsParameterShapes,
  buildAlertsGraphs,
} from '../../../model/alerts/graphs.ts';
import { METADATA_INPUTS } from '../../../model/alerts/metadata-inputs.ts';
import { TOKEN_INPUTS } from '../../../model/alerts/token-inputs.ts';
import { initialiseWeights } from '../../../model/training/initialise-weights.ts';
import {
  createSessionPool,
  float32Tensor,
  writeOnnx,
  type SessionPool,
  type Tensor,
} from '../../../model/index.ts';

const SAMPLES = 512;
const GRAPHS = buildAlertsGraphs(DEFAULT_ALERTS_ARCHITECTURE, SAMPLES);
const ALL = [GRAPHS.photometry, GRAPHS.spectrum, GRAPHS.metadata];
const random = new Random('encoders');
let pool: SessionPool;

before(async () => {
  pool = createSessionPool({ workers: 1, device: 'cpu' });
  const weights = initialiseWeights(alertsParameterShapes(GRAPHS), { seed: 'encoders' });
  for (const graph of ALL) await pool.load(graph.name, writeOnnx(graph, weights));
});
after(() => pool.close());

const noise = (...shape: number[]): Float32Array<ArrayBuffer> =>
  new Float32Array(shape.reduce((a, b) => a * b, 1)).map(() => random.normal());

async function vectors(graph: string, feeds: Record<string, Tensor>, output: string): Promise<Float32Array> {
  const tensor = (await pool.run(graph, feeds))[output];
  assert.ok(tensor?.dtype === 'float32');
  return tensor.data;
}

/** Tokens of one object padded to a length with the value given. */
function padded(tokens: Float32Array, length: number, padding: number): Record<string, Tensor> {
  const width = TOKEN_INPUTS.length;
  const data = new Float32Array(length * width).fill(padding);
  data.set(tokens);
  const mask = new Float32Array(length).fill(1, 0, tokens.length / width);
  return { tokens: float32Tensor(data, [1, length, width]), tokens_mask: float32Tensor(mask, [1, length]) };
}

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));

test('buildAlertsGraphs() has 792,136 parameters with the default sizes and inputs', () => {
  assert.deepEqual([TOKEN_INPUTS.length, GLOBAL_INPUTS.length, METADATA_INPUTS.length], [55, 123, 27]);
  assert.equal(alertsParameterCount(GRAPHS), 792_136);
});

test('initialiseWeights() draws each parameter from the seed and its name, at the stated scale', () => {
  const [one, again, other] = [1, 1, 2].map((seed) =>
    initialiseWeights(alertsParameterShapes(GRAPHS), { seed }),
  );
  assert.deepEqual(one, again);
  assert.notDeepEqual(one?.get('metadata.project.weight'), other?.get('metadata.project.weight'));
  const bound = Math.sqrt(6 / (128 + 128));
  const weight = one?.get('metadata.project.weight')?.data as Float32Array;
  assert.ok(weight.every((value) => Math.abs(value) <= bound) && Math.max(...weight) > 0.99 * bound);
  assert.ok(
    (one?.get('photometry.layers.0.norm1.weight')?.data as Float32Array).every((value) => value === 1),
  );
  assert.ok((one?.get('photometry.project.bias')?.data as Float32Array).every((value) => value === 0));
});

test('photometry encoder gives unit vectors that do not depend on padding', async () => {
  const tokens = noise(11, TOKEN_INPUTS.length);
  const globals = float32Tensor(noise(encodedWidth(GLOBAL_INPUTS.length)), [
    1,
    encodedWidth(GLOBAL_INPUTS.length),
  ]);
  const embed = (length: number, padding: number): Promise<Float32Array> =>
    vectors('alerts_photometry', { ...padded(tokens, length, padding), globals }, 'photometry');
  const exact = await embed(11, 0);
  // Float32 rounding of 128 products.
  assert.ok(Math.abs(Math.hypot(...exact) - 1) < 1e-6);
  for (const length of [16, 32, 64, 128, 192]) assert.ok(distance(await embed(length, 0), exact) < 1e-6);
  // What stands in the padding has no weight at all.
  assert.deepEqual(await embed(16, 1e3), await embed(16, 0));
});

test('photometry encoder does not depend on the order of the tokens, but on each of them', async () => {
  const width = TOKEN_INPUTS.length;
  const tokens = noise(9, width);
  const globals = float32Tensor(noise(encodedWidth(GLOBAL_INPUTS.length)), [
    1,
    encodedWidth(GLOBAL_INPUTS.length),
  ]);
  const embed = (rows: Float32Array): Promise<Float32Array> =>
    vectors('alerts_photometry', { ...padded(rows, 16, 0), globals }, 'photometry');
  const plain = await embed(tokens);
  const reversed = Float32Array.from(
    tokens,
    (_, i) => tokens[(8 - Math.floor(i / width)) * width + (i % width)] ?? 0,
  );
  assert.ok(distance(await embed(reversed), plain) < 1e-6);
  for (let row = 0; row < 9; row++) {
    const changed = tokens.map((value, i) => (Math.floor(i / width) === row ? value + 1 : value));
    assert.ok(distance(await embed(changed), plain) > 1e-4);
  }
});

test('encoders give a row the same bits in any batch', async () => {
  const inputs = {
    alerts_photometry: {
      tokens: [32, TOKEN_INPUTS.length],
      tokens_mask: [32],
      globals: [encodedWidth(GLOBAL_INPUTS.length)],
    },
    alerts_spectrum: { spectra: [3, SAMPLES] },
    alerts_metadata: { metadata: [encodedWidth(METADATA_INPUTS.length)] },
  };
  const outputs = ['photometry', 'spectra_embedding', 'metadata_embedding'];
  for (const [index, [graph, shapes]] of Object.entries(inputs).entries()) {
    const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
    const rows = Object.entries(shapes).map(([name, shape]) => ({
      name,
      shape,
      data: name === 'tokens_mask' ? new Float32Array(16 * 32).fill(1) : noise(16, ...shape),
    }));
    const run = (first: number, count: number): Promise<Float32Array> =>
      vectors(
        graph,
        Object.fromEntries(
          rows.map(({ name, shape, data }) => [
            name,
            float32Tensor(data.slice(first * size(shape), (first + count) * size(shape)), [count, ...shape]),
          ]),
        ),
        outputs[index] ?? '',
      );
    const whole = await run(0, 16);
    for (const [first, count] of [
      [0, 1],
      [15, 1],
      [3, 7],
      [8, 8],
    ] as const)
      assert.deepEqual(await run(first, count), whole.slice(first * 128, (first + count) * 128));
  }
});

test('spectrum encoder leaves samples out that are not covered, and sees where a line lies', async () => {
  const spectrum = (line: number, outside: number): Float32Array<ArrayBuffer> => {
    const data = new Float32Array(3 * SAMPLES);
    for (let i = 0; i < SAMPLES; i++) {
      const isCovered = i >= 128 && i < 384;
      data[i] = isCovered ? 5 * Math.exp(-(((i - line) / 3) ** 2)) : outside;
      data[2 * SAMPLES + i] = Number(isCovered);
    }
    return data;
  };
  const embed = (data: Float32Array<ArrayBuffer>): Promise<Float32Array> =>
    vectors('alerts_spectrum', { spectra: float32Tensor(data, [1, 3, SAMPLES]) }, 'spectra_embedding');
  const plain = await embed(spectrum(200, 0));
  assert.ok(Math.abs(Math.hypot(...plain) - 1) < 1e-6);
  assert.ok(distance(await embed(spectrum(300, 0)), plain) > 1e-3);
  const far = spectrum(200, 0);
  // Beyond the reach of the convolutions (three of 7 samples at strides 1, 2, 4: 21 to each side) nothing is seen.
  far[10] = 3;
  far[500] = -3;
  assert.deepEqual(await embed(far), plain);
});
