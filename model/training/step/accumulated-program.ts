import type { Graph } from '../../ir/types.ts';
import { writeOnnx } from '../../onnx/write-onnx.ts';
import type { WriteOptions } from '../../onnx/write-onnx.ts';
import type { AccumulatedStepProgram, StepGraph } from '../../sessions/training-protocol.ts';
import type { AccumulatedStep } from './accumulated-step.ts';

/** A step over pieces as a training worker runs it. */
export function accumulatedProgram(
  step: AccumulatedStep,
  options: WriteOptions = {},
): AccumulatedStepProgram {
  const { encode, objective, accumulate, update, ...rest } = step;
  return {
    kind: 'accumulated',
    encode: written(encode, options),
    objective: written(objective, options),
    accumulate: written(accumulate, options),
    update: written(update, options),
    batch: rest.batch,
    pieceRows: rest.pieceRows,
    rowInputs: rest.rowInputs,
    features: rest.features,
    encoderParameters: rest.encoderParameters,
    objectiveParameters: rest.objectiveParameters,
    state: rest.state,
    metrics: rest.metrics,
  };
}

function written(graph: Graph, options: WriteOptions): StepGraph {
  return { onnx: writeOnnx(graph, new Map(), options), inputs: graph.inputs.map(({ name }) => name) };
}
