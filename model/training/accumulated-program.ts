import type { Graph } from '../ir/types.ts';
import { writeOnnx } from '../onnx/write-onnx.ts';
import type { AccumulatedStepProgram, StepGraph } from '../sessions/training-protocol.ts';
import type { AccumulatedStep } from './accumulated-step.ts';

/** A step over pieces as a training worker runs it. */
export function accumulatedProgram(step: AccumulatedStep): AccumulatedStepProgram {
  const { encode, objective, accumulate, update, ...rest } = step;
  return {
    kind: 'accumulated',
    encode: written(encode),
    objective: written(objective),
    accumulate: written(accumulate),
    update: written(update),
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

function written(graph: Graph): StepGraph {
  return { onnx: writeOnnx(graph, new Map()), inputs: graph.inputs.map(({ name }) => name) };
}
