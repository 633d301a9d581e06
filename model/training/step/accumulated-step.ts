import { gradients, pullback } from '../../autodiff/gradients.ts';
import { sourcesOf } from '../../autodiff/sources.ts';
import { GraphBuilder } from '../../ir/builder.ts';
import { elementCount } from '../../ir/dims.ts';
import type { Graph, NamedValue, Shape, Value } from '../../ir/types.ts';
import { applyUpdate } from './apply-update.ts';
import type { StateTensor } from './apply-update.ts';
import { dropoutInputs } from './dropout-inputs.ts';
import type { DropoutSite } from './dropout-inputs.ts';
import { finishedGraph } from './finished-graph.ts';
import { cotangentOf, featureOf, gradientOf, nextSumOf, sumOf } from '../../sessions/carried-names.ts';
import type { Features, Objective, TrainableModel } from './trainable-model.ts';
import { LOSS, lossScaleInput } from './training-step.ts';
import type { TrainingStepOptions } from './training-step.ts';

/**
 * One training step as four graphs, for a batch whose activations do not fit into memory together.
 *
 * A step is: `encode` for each piece of the batch; `objective` once, on the features of all; `accumulate` for each piece
 * again, with what the loss asks of its features; `update` once. A loss over all pairs of objects, which does not part into
 * losses of pieces, so has its exact gradient.
 *
 * Memory at a time: the features of the batch twice, the gradients, and the activations of one piece; work: one more
 * forward pass than a single graph, about a third more.
 *
 * @source Gao et al. 2021, arXiv:2101.06983 (gradient caching)
 */
export interface AccumulatedStep {
  readonly batch: number;
  /** Objects in a piece; it divides the batch. */
  readonly pieceRows: number;
  /** Names of the inputs of `encode` that hold a row for each object; dropout masks are among them. */
  readonly rowInputs: readonly string[];
  /** Rows of a piece, encoder parameters → `feature.…`. */
  readonly encode: Graph;
  /** Features of the batch, its other inputs and parameters → metrics, `cotangent.<feature>`, `gradient.<parameter>`. */
  readonly objective: Graph;
  /** As `encode`, with `cotangent.<feature>` of the piece and `sum.<parameter>` → `next.sum.<parameter>`. */
  readonly accumulate: Graph;
  /** Parameters, slots, scalars, `gradient.<parameter>` → `next.…`, `gradient_norm`. */
  readonly update: Graph;
  readonly features: readonly FeatureShape[];
  /** Parameters of the encoders: their gradients are sums over the pieces, and over what `objective` gives for them. */
  readonly encoderParameters: readonly string[];
  /** Parameters of the objective. */
  readonly objectiveParameters: readonly string[];
  readonly state: readonly StateTensor[];
  readonly dropoutSites: readonly DropoutSite[];
  /** Names of the scalars that the two graphs give. */
  readonly metrics: { readonly objective: readonly string[]; readonly update: readonly string[] };
}

export interface FeatureShape {
  readonly name: string;
  /** Of one object. */
  readonly shape: readonly number[];
}

/**
 * Writes the four graphs.
 *
 * @throws RangeError unless the rows of a piece divide the batch
 */
export function buildAccumulatedStep(model: TrainableModel, options: TrainingStepOptions): AccumulatedStep {
  const { batch, pieceRows } = options;
  if (batch % pieceRows !== 0)
    throw new RangeError(
      `Cannot accumulate as the rows of a piece must divide the batch of ${batch}: current value is ${pieceRows}`,
    );
  const objective = buildObjective(model, {
    features: featureShapes(model, options),
    batch,
    hasLossScale: options.hasLossScale === true,
  });
  const { features } = objective;
  const encoding = buildEncoding(model, features, options);
  const { encoderParameters } = encoding;
  const update = buildUpdate(uniqueByName([...encoderParameters, ...objective.parameters]), options);
  return {
    batch,
    pieceRows,
    rowInputs: encoding.rowInputs,
    encode: encoding.encode,
    accumulate: encoding.accumulate,
    dropoutSites: encoding.dropoutSites,
    features,
    objective: objective.graph,
    encoderParameters: encoderParameters.map(({ name }) => name),
    objectiveParameters: objective.parameters.map(({ name }) => name),
    update: update.graph,
    state: update.state,
    metrics: { objective: objective.metrics, update: update.metrics },
  };
}

interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

function shapesOf(parameters: readonly NamedValue[]): readonly ParameterShape[] {
  return parameters.map(({ name, value }) => ({ name, shape: numbersOf(value.shape) }));
}

function numbersOf(shape: Shape): readonly number[] {
  return shape.map(Number);
}

function uniqueByName(parameters: readonly ParameterShape[]): readonly ParameterShape[] {
  return [...new Map(parameters.map((parameter) => [parameter.name, parameter])).values()];
}

function writePiece(
  name: string,
  model: TrainableModel,
  { pieceRows, dropoutRatioAt }: TrainingStepOptions,
): EncodedPiece {
  const g = new GraphBuilder(name);
  const { dropout, sites } = dropoutInputs({ batch: pieceRows, ratioAt: dropoutRatioAt });
  const inputs = model.inputs(g, pieceRows);
  const features = model.encode(g, inputs, dropout({ first: 0, count: pieceRows }));
  return { g, features, sites, rows: Object.values(inputs.rows) };
}

function featureShapes(model: TrainableModel, options: TrainingStepOptions): readonly FeatureShape[] {
  const { features } = writePiece('features', model, options);
  return Object.entries(features).map(([name, { shape }]) => ({ name, shape: numbersOf(shape.slice(1)) }));
}

/** The two graphs over a piece, of the features that the loss is computed from: forward alone, and with the way back. */
function buildEncoding(
  model: TrainableModel,
  needed: readonly FeatureShape[],
  options: TrainingStepOptions,
): Pick<AccumulatedStep, 'encode' | 'accumulate' | 'rowInputs' | 'dropoutSites'> & {
  readonly encoderParameters: readonly ParameterShape[];
} {
  const written = (name: string): EncodedPiece => {
    const piece = writePiece(name, model, options);
    return {
      ...piece,
      features: Object.fromEntries(needed.map((feature) => [feature.name, piece.features[feature.name]!])),
    };
  };
  const forward = written('encode');
  const rowInputs = forward.g.inputs.filter(
    ({ name, value }) => forward.rows.includes(value) || forward.sites.some(({ input }) => input === name),
  );
  for (const [name, value] of Object.entries(forward.features)) forward.g.output(featureOf(name), value);
  const both = written('accumulate');
  addSums(both);
  return {
    encode: finishedGraph(forward.g),
    accumulate: finishedGraph(both.g),
    rowInputs: rowInputs.map(({ name }) => name),
    dropoutSites: forward.sites,
    encoderParameters: shapesOf(parametersOf(forward)),
  };
}

interface EncodedPiece {
  readonly g: GraphBuilder;
  readonly features: Features;
  readonly sites: readonly DropoutSite[];
  readonly rows: readonly Value[];
}

/** Parameters that the features are computed from. */
function parametersOf({ g, features }: EncodedPiece): readonly NamedValue[] {
  const sources = sourcesOf(g, Object.values(features));
  return g.parameters.filter(({ value }) => sources.has(value));
}

/** Adds a piece's gradients to what the pieces before it left. */
function addSums(piece: EncodedPiece): void {
  const { g, features } = piece;
  const parameters = parametersOf(piece);
  const seeds = Object.entries(features).map(([name, value]) => ({
    value,
    cotangent: g.input(cotangentOf(name), 'float32', value.shape),
  }));
  const slopes = pullback(
    g,
    seeds,
    parameters.map(({ value }) => value),
  );
  parameters.forEach(({ name, value }, i) => {
    const sum = g.input(sumOf(name), 'float32', value.shape);
    g.output(nextSumOf(name), g.add(sum, slopes[i]!));
  });
}

function buildObjective(
  model: TrainableModel,
  {
    features,
    batch,
    hasLossScale,
  }: {
    readonly features: readonly FeatureShape[];
    readonly batch: number;
    readonly hasLossScale: boolean;
  },
): {
  readonly graph: Graph;
  /** Those that the loss is computed from. */
  readonly features: readonly FeatureShape[];
  /** Those that the loss is computed from. */
  readonly parameters: readonly ParameterShape[];
  readonly metrics: readonly string[];
} {
  const g = new GraphBuilder('objective');
  const all = features.map(({ name, shape }) => g.input(featureOf(name), 'float32', [batch, ...shape]));
  const named = Object.fromEntries(features.map(({ name }, i) => [name, all[i]!]));
  const { loss, metrics }: Objective = model.objective(g, named, batch);
  const sources = sourcesOf(g, [loss]);
  const parameters = g.parameters.filter(({ value }) => sources.has(value));
  const needed = features.filter((_, i) => sources.has(all[i]!));
  const inputs = all.filter((value) => sources.has(value));
  const scaled = hasLossScale ? g.mul(loss, lossScaleInput(g)) : loss;
  const slopes = gradients(g, scaled, [...inputs, ...parameters.map(({ value }) => value)]);
  g.output(LOSS, loss);
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  needed.forEach(({ name }, i) => {
    g.output(cotangentOf(name), slopes[i]!);
  });
  parameters.forEach(({ name }, i) => {
    g.output(gradientOf(name), slopes[needed.length + i]!);
  });
  const graph = finishedGraph(g);
  const isUnneeded = (value: Value): boolean => all.includes(value) && !inputs.includes(value);
  return {
    graph: { ...graph, inputs: graph.inputs.filter(({ value }) => !isUnneeded(value)) },
    features: needed,
    parameters: shapesOf(parameters),
    metrics: [LOSS, ...Object.keys(metrics)],
  };
}

function buildUpdate(
  parameters: readonly ParameterShape[],
  options: TrainingStepOptions,
): { readonly graph: Graph; readonly state: readonly StateTensor[]; readonly metrics: readonly string[] } {
  const g = new GraphBuilder('update');
  const named = parameters.map(({ name, shape }) => ({ name, value: g.parameter(name, shape) }));
  const slopes = parameters.map(({ name, shape }) => g.input(gradientOf(name), 'float32', shape));
  const lossScale = options.hasLossScale === true ? lossScaleInput(g) : null;
  const state = applyUpdate(g, { parameters: named, gradients: slopes, lossScale }, options);
  const outputs = new Set(state.map(({ next }) => next));
  const graph = finishedGraph(g);
  return {
    graph,
    state,
    metrics: graph.outputs.map(({ name }) => name).filter((name) => !outputs.has(name)),
  };
}

/**
 * Bytes that the tensors carried between the four graphs take: features and their cotangents, and twice the gradients.
 * The activations of a piece come on top.
 */
export function carriedBytes({ batch, features, update }: AccumulatedStep): number {
  const perObject = features.reduce((total, { shape }) => total + elementCount(shape), 0);
  const gradientElements = update.inputs
    .filter(({ name }) => name.startsWith(gradientOf('')))
    .reduce((total, { value }) => total + elementCount(numbersOf(value.shape)), 0);
  return Float32Array.BYTES_PER_ELEMENT * 2 * (batch * perObject + gradientElements);
}
