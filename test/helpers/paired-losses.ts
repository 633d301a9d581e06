import { after } from 'node:test';
import { createSessionPool, float32Tensor, GraphBuilder, writeOnnx } from '../../model/index.ts';
import type {
  Graph,
  NamedTensors,
  SessionPool,
  Tensor,
  TensorOf,
  Tensors,
  Value,
} from '../../model/index.ts';
import { gradients } from '../../model/autodiff/gradients.ts';
import { LOGIT_SCALE_STARTS } from '../../model/losses/logit-scale.ts';
import type { EncodedModality, PairedLoss } from '../../model/losses/modalities.ts';
import { drawnTensor } from './paper-weights.ts';
import { numbersOf } from './run-graph.ts';

/** A batch of one modality as a test feeds it. */
export interface ModalityBatch {
  readonly key: string;
  /** [batch, dimensions] */
  readonly projection: TensorOf<'float32'>;
  /** 1 or 0 for each row; all are present without it. */
  readonly present?: readonly number[];
}

/** A loss as a function that writes its nodes. */
export type WriteLoss = (g: GraphBuilder, modalities: readonly EncodedModality[]) => PairedLoss;

/** What a run of a loss gave. */
export interface LossValues {
  readonly loss: number;
  readonly pairs: Readonly<Record<string, number>>;
}

/** What a run of a loss's derivative gave. */
export interface LossGradients {
  /** [batch · dimensions] for each batch, in their order. */
  readonly projections: readonly (readonly number[])[];
  /** By parameter name. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

/** A batch of normal numbers from a seed. */
export function drawnBatch(
  key: string,
  shape: readonly [batch: number, dimensions: number],
  present?: readonly number[],
): ModalityBatch {
  return { key, projection: drawnTensor(shape, `projection ${key}`), ...(present && { present }) };
}

/** A batch of given numbers, row by row. */
export function batchOfRows(
  key: string,
  rows: readonly (readonly number[])[],
  present?: readonly number[],
): ModalityBatch {
  const shape = [rows.length, rows[0]?.length ?? 0];
  return {
    key,
    projection: float32Tensor(Float32Array.from(rows.flat()), shape),
    ...(present && { present }),
  };
}

/** Some rows of a batch, all of them present. */
export function subsetOf({ key, projection }: ModalityBatch, rows: readonly number[]): ModalityBatch {
  const width = projection.shape[1] ?? 0;
  const rowOf = (row: number): number[] =>
    Array.from(projection.data.subarray(row * width, (row + 1) * width));
  return batchOfRows(key, rows.map(rowOf));
}

/** A graph of one loss, with a symbolic batch. */
export function lossGraph(batches: readonly ModalityBatch[], write: WriteLoss): Graph {
  return writtenLoss(batches, write).g.build();
}

/** The same with the gradients of all projections and parameters. */
function gradientGraph(batches: readonly ModalityBatch[], write: WriteLoss): Graph {
  const { g, modalities, loss } = writtenLoss(batches, write);
  const { parameters } = g.build();
  const wanted = [
    ...modalities.map(({ projection }, i) => ({ name: `${i}`, value: projection })),
    ...parameters,
  ];
  const slopes = gradients(
    g,
    loss,
    wanted.map(({ value }) => value),
  );
  for (const [i, { name }] of wanted.entries()) g.output(`gradient.${name}`, slopes[i] ?? loss);
  return g.build();
}

interface WrittenLoss {
  readonly g: GraphBuilder;
  readonly modalities: readonly EncodedModality[];
  readonly loss: Value;
}

function writtenLoss(batches: readonly ModalityBatch[], write: WriteLoss): WrittenLoss {
  const g = new GraphBuilder('loss');
  const modalities = batches.map(({ key, projection, present }, i) => ({
    key,
    projection: g.input(`projection.${i}`, 'float32', ['batch', projection.shape[1] ?? 0]),
    present: present === undefined ? null : g.input(`present.${i}`, 'float32', ['batch']),
  }));
  const { loss, pairs } = write(g, modalities);
  g.output('loss', loss);
  for (const pair of pairs) g.output(`pair.${pair.name}`, pair.loss);
  return { g, modalities, loss };
}

/** What a parameter holds; by default ln 100 for scalars and normal numbers for others. */
export type WeightOf = (name: string, shape: readonly number[]) => Tensor;

/** Runs a loss once. */
export async function runLoss(
  batches: readonly ModalityBatch[],
  write: WriteLoss,
  weightOf: WeightOf = startWeight,
): Promise<LossValues> {
  const graph = lossGraph(batches, write);
  const outputs = await run(graph, batches, weightOf);
  const scalar = (name: string): number => numbersOf(outputs[name])[0] ?? Number.NaN;
  const pairs = Object.keys(outputs).filter((name) => name.startsWith('pair.'));
  return {
    loss: scalar('loss'),
    pairs: Object.fromEntries(pairs.map((name) => [name.slice('pair.'.length), scalar(name)])),
  };
}

/** Runs a loss's derivative once. */
export async function runGradients(
  batches: readonly ModalityBatch[],
  write: WriteLoss,
  weightOf: WeightOf = startWeight,
): Promise<LossGradients> {
  const graph = gradientGraph(batches, write);
  const outputs = await run(graph, batches, weightOf);
  const slope = (name: string): number[] => numbersOf(outputs[`gradient.${name}`]);
  return {
    projections: batches.map((_, i) => slope(`${i}`)),
    parameters: Object.fromEntries(graph.parameters.map(({ name }) => [name, slope(name)])),
  };
}

/** Started by a test file's first run, since these files run some dozen small graphs. */
let pool: SessionPool | null = null;
after(() => pool?.close());

async function run(
  graph: Graph,
  batches: readonly ModalityBatch[],
  weightOf: WeightOf,
): Promise<NamedTensors> {
  pool ??= createSessionPool({ workers: 1, device: 'cpu' });
  await pool.load(graph.name, writeOnnx(graph, weightsOf(graph, weightOf)));
  return await pool.run(graph.name, feedsOf(batches));
}

function weightsOf({ parameters }: Graph, weightOf: WeightOf): Tensors {
  return new Map(parameters.map(({ name, value }) => [name, weightOf(name, value.shape.map(Number))]));
}

function startWeight(name: string, shape: readonly number[]): Tensor {
  return shape.length === 0 ? scalarTensor(LOGIT_SCALE_STARTS.published) : drawnTensor(shape, name);
}

/** A float32 tensor without axes. */
export function scalarTensor(value: number): TensorOf<'float32'> {
  return float32Tensor(Float32Array.of(value), []);
}

function feedsOf(batches: readonly ModalityBatch[]): NamedTensors {
  const feeds = new Map<string, Tensor>();
  for (const [i, { projection, present }] of batches.entries()) {
    feeds.set(`projection.${i}`, projection);
    if (present !== undefined)
      feeds.set(`present.${i}`, float32Tensor(Float32Array.from(present), [present.length]));
  }
  return Object.fromEntries(feeds);
}
