import { GraphBuilder } from '../../ir/builder.ts';
import { splitGraph } from '../../ir/passes/split-graph.ts';
import type { Graph, NamedValue, Value, ValueType } from '../../ir/types.ts';
import { GRADIENT_NORM } from './apply-update.ts';
import type { StateTensor } from './apply-update.ts';
import { LOSS } from './training-step.ts';
import type { TrainingStep } from './training-step.ts';
import { GraphWriter, infoOf } from '../../onnx/graph-writer.ts';
import type { ProductDType } from '../../onnx/graph-writer.ts';
import type { OnnxGraph, OnnxNode, OnnxValueInfo } from '../../onnx/proto.ts';

/** Names of the body's own tensors; what is around it begins otherwise. */
const ITERATION = '%body.iteration';
const CONDITION = '%body.condition';
const oldTensor = (state: string): string => `%old.${state}`;
const rowTensor = (input: string): string => `%row.${input}`;
const metricTensor = (metric: string): string => `%metric.${metric}`;
const checkTensor = (check: string): string => `%check.${check}`;
const newTensor = (next: string): string => `%new.${next}`;
const keptTensor = (next: string): string => `%kept.${next}`;
const resultTensor = (next: string): string => `%result.${next}`;

/** Output of the check. */
const IS_FINITE = 'is_finite';

const COUNTER: ValueType = { dtype: 'int64', shape: [] };
const FLAG: ValueType = { dtype: 'bool', shape: [] };
const METRIC: ValueType = { dtype: 'float32', shape: [] };

export interface LoopBodyOptions {
  readonly perStep: readonly NamedValue[];
  readonly products: ProductDType;
}

/**
 * One training step as the body of a Loop: takes the iteration's number, the Loop's condition and the old state; gives
 * whether to go on, the state, and the metrics.
 *
 * The update is one branch of an If node. So a step that is taken gives its new state without a further pass over it, and
 * one that is not copies the old state once. What the update reads, above all the gradients, is held until it has ended.
 *
 * @param options.perStep inputs that are read, at the iteration's number, from tensors of the same names around the body;
 *   those that are neither state nor here are such tensors themselves
 */
export function loopBody(
  { graph, state, metrics }: TrainingStep,
  { perStep, products }: LoopBodyOptions,
): OnnxGraph {
  const { first, rest } = splitGraph(graph, new Set(metrics));
  const names = new Map([
    ...state.map(({ name }) => [name, oldTensor(name)] as const),
    ...perStep.map(({ name }) => [name, rowTensor(name)] as const),
  ]);
  const slopes = new GraphWriter(first, new Map(), {
    products,
    tensorNames: {
      prefix: '%slopes.',
      given: ({ name }) => names.get(name) ?? name,
      output: metricTensor,
    },
  });
  const check = new GraphWriter(finiteCheck(), new Map(), {
    tensorNames: {
      prefix: '%checks.',
      given: ({ name }) => metricTensor(name),
      output: checkTensor,
    },
  });
  const update = new GraphWriter(rest, new Map(), {
    products,
    tensorNames: {
      prefix: '%update.',
      given: ({ value }) => slopes.tensor(value),
      output: newTensor,
    },
  });
  const read = perStep.filter(({ value }) => slopes.isRead(value) || update.isRead(value));
  const parts = [slopes.write(), check.write()];
  const choice: OnnxNode = {
    opType: 'If',
    inputs: [checkTensor(IS_FINITE)],
    outputs: state.map(({ next }) => resultTensor(next)),
    attributes: {},
    subgraphs: {
      then_branch: { ...update.write(), inputs: [], outputs: nextInfos(state, newTensor) },
      else_branch: unchanged(state),
    },
  };
  return {
    name: `${graph.name}_body`,
    inputs: [
      infoOf(ITERATION, COUNTER),
      infoOf(CONDITION, FLAG),
      ...state.map(({ name, shape }) => infoOf(oldTensor(name), { dtype: 'float32', shape })),
    ],
    outputs: [
      infoOf(checkTensor(IS_FINITE), FLAG),
      ...nextInfos(state, resultTensor),
      ...metrics.map((name) => infoOf(metricTensor(name), METRIC)),
    ],
    initialisers: parts.flatMap(({ initialisers }) => initialisers),
    nodes: [...read.map(rowOf), ...parts.flatMap(({ nodes }) => nodes), choice],
  };
}

/** The row of an input that the iteration reads. */
function rowOf({ name }: NamedValue): OnnxNode {
  return { opType: 'Gather', inputs: [name, ITERATION], outputs: [rowTensor(name)], attributes: { axis: 0 } };
}

/** Whether loss and gradient norm are finite: x − x is 0 for a finite number and NaN for every other. */
function finiteCheck(): Graph {
  const g = new GraphBuilder('finite_check');
  const isFinite = (name: string): Value => {
    const x = g.input(name, 'float32', []);
    return g.equal(g.sub(x, x), 0);
  };
  g.output(IS_FINITE, g.and(isFinite(LOSS), isFinite(GRADIENT_NORM)));
  return g.build();
}

/** The branch of a step that is not taken. */
function unchanged(state: readonly StateTensor[]): OnnxGraph {
  return {
    name: 'unchanged',
    inputs: [],
    outputs: nextInfos(state, keptTensor),
    initialisers: [],
    nodes: state.map(({ name, next }) => ({
      opType: 'Identity',
      inputs: [oldTensor(name)],
      outputs: [keptTensor(next)],
      attributes: {},
    })),
  };
}

function nextInfos(
  state: readonly StateTensor[],
  tensorOf: (next: string) => string,
): readonly OnnxValueInfo[] {
  return state.map(({ next, shape }) => infoOf(tensorOf(next), { dtype: 'float32', shape }));
}
