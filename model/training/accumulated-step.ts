import { gradients, pullback } from '../autodiff/gradients.ts';
import { GraphBuilder } from '../ir/builder.ts';
import { elementCount } from '../ir/dims.ts';
import type { Graph, NamedValue, Shape, Value } from '../ir/types.ts';
import { applyUpdate } from './apply-update.ts';
import type { StateTensor } from './apply-update.ts';
import { dropoutInputs } from './dropout-inputs.ts';
import type { DropoutSite } from './dropout-inputs.ts';
import { cotangentOf, featureOf, gradientOf, nextSumOf, sumOf } from '../sessions/carried-names.ts';
import type { Features, Objective, TrainableModel } from './trainable-model.ts';
import { LOSS, withoutParameters } from './training-step.ts';
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
  const encoding = buildEncoding(model, options);
  const { features, encoderParameters } = encoding;
  const objective = buildObjective(model, { features, batch });
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

/** The two graphs over a piece: forward alone, and forward with the way back. */
function buildEncoding(
  model: TrainableModel,
  { pieceRows, dropoutRatioAt }: TrainingStepOptions,
): Pick<AccumulatedStep, 'encode' | 'accumulate' | 'features' | 'rowInputs' | 'dropoutSites'> & {
  readonly encoderParameters: readonly ParameterShape[];
} {
  const written = (name: string): EncodedPiece => {
    const g = new GraphBuilder(name);
    const { dropout, sites } = dropoutInputs({ batch: pieceRows, ratioAt: dropoutRatioAt });
    const inputs = model.inputs(g, pieceRows);
    const features = model.encode(g, inputs, dropout({ first: 0, count: pieceRows }));
    return { g, features, sites, rows: Object.values(inputs.rows) };
  };
  const forward = written('encode');
  const rowInputs = forward.g.inputs.filter(
    ({ name, value }) => forward.rows.includes(value) || forward.sites.some(({ input }) => input === name),
  );
  for (const [name, value] of Object.entries(forward.features)) forward.g.output(featureOf(name), value);
  const both = written('accumulate');
  addSums(both);
  return {
    encode: withoutParameters(forward.g.build()),
    accumulate: withoutParameters(both.g.build()),
    features: Object.entries(forward.features).map(([name, { shape }]) => ({
      name,
      shape: numbersOf(shape.slice(1)),
    })),
    rowInputs: rowInputs.map(({ name }) => name),
    dropoutSites: forward.sites,
    encoderParameters: shapesOf(forward.g.parameters),
  };
}

interface EncodedPiece {
  readonly g: GraphBuilder;
  readonly features: Features;
  readonly sites: readonly DropoutSite[];
  readonly rows: readonly Value[];
}

/** Adds a piece's gradients to what the pieces before it left. */
function addSums({ g, features }: EncodedPiece): void {
  const seeds = Object.entries(features).map(([name, value]) => ({
    value,
    cotangent: g.input(cotangentOf(name), 'float32', value.shape),
  }));
  const parameters = [...g.parameters];
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
  { features, batch }: { readonly features: readonly FeatureShape[]; readonly batch: number },
): {
  readonly graph: Graph;
  readonly parameters: readonly ParameterShape[];
  readonly metrics: readonly string[];
} {
  const g = new GraphBuilder('objective');
  const inputs = features.map(({ name, shape }) => g.input(featureOf(name), 'float32', [batch, ...shape]));
  const named = Object.fromEntries(features.map(({ name }, i) => [name, inputs[i]!]));
  const { loss, metrics }: Objective = model.objective(g, named, batch);
  const parameters = [...g.parameters];
  const slopes = gradients(g, loss, [...inputs, ...parameters.map(({ value }) => value)]);
  g.output(LOSS, loss);
  for (const [name, value] of Object.entries(metrics)) g.output(name, value);
  features.forEach(({ name }, i) => {
    g.output(cotangentOf(name), slopes[i]!);
  });
  parameters.forEach(({ name }, i) => {
    g.output(gradientOf(name), slopes[features.length + i]!);
  });
  return {
    graph: withoutParameters(g.build()),
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
  const state = applyUpdate(g, { parameters: named, gradients: slopes }, options);
  const outputs = new Set(state.map(({ next }) => next));
  const graph = withoutParameters(g.build());
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
