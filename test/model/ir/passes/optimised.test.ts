import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphBuilder, verifyGraph } from '../../../../model/index.ts';
import type { Graph } from '../../../../model/index.ts';
import { gradients } from '../../../../model/autodiff/gradients.ts';
import { noDropout } from '../../../../model/ir/dropout.ts';
import { optimised } from '../../../../model/ir/passes/optimised.ts';
import { removeDeadCode } from '../../../../model/ir/passes/remove-dead-code.ts';
import { removeIdentities } from '../../../../model/ir/passes/remove-identities.ts';
import { shareCommonSubexpressions } from '../../../../model/ir/passes/share-common-subexpressions.ts';
import { splitGraph } from '../../../../model/ir/passes/split-graph.ts';
import { encodeInPieces } from '../../../../model/training/step/encode-in-pieces.ts';
import { withoutParameters } from '../../../../model/training/step/finished-graph.ts';
import { evaluateGraph } from '../../../helpers/evaluate-graph.ts';
import { numberTensorOf } from '../../../helpers/evaluate/number-tensor.ts';
import type { NumberTensor } from '../../../helpers/evaluate/number-tensor.ts';
import { feedsOfStep, SMALL_BATCH, smallTrainableModel } from '../../../helpers/small-training-step.ts';

/** Loss and gradients of the small model in pieces of 2, as they are written. */
function written(): Graph {
  const g = new GraphBuilder('written');
  const model = smallTrainableModel();
  const features = encodeInPieces(g, model, { batch: SMALL_BATCH, pieceRows: 2, dropout: () => noDropout });
  const { loss } = model.objective(g, features, SMALL_BATCH);
  const parameters = [...g.parameters];
  const slopes = gradients(
    g,
    loss,
    parameters.map(({ value }) => value),
  );
  g.output('loss', loss);
  slopes.forEach((slope, i) => {
    g.output(`slope.${i}`, slope);
  });
  return withoutParameters(g.build());
}

const graph = written();

function feeds(): ReadonlyMap<string, NumberTensor> {
  const named = feedsOfStep({ graph, state: [] }, 1);
  return new Map(Object.entries(named).map(([name, tensor]) => [name, numberTensorOf(tensor)]));
}

test('every pass leaves a legal graph with the same inputs and outputs', () => {
  for (const pass of [removeIdentities, removeDeadCode, shareCommonSubexpressions, optimised]) {
    const after = pass(graph);
    verifyGraph(after);
    assert.deepEqual(after.inputs, graph.inputs);
    assert.deepEqual(
      after.outputs.map(({ name }) => name),
      graph.outputs.map(({ name }) => name),
    );
  }
});

test('optimised() computes the same numbers with fewer nodes', () => {
  const after = optimised(graph);
  assert.ok(after.nodes.length < 0.9 * graph.nodes.length, `${graph.nodes.length} → ${after.nodes.length}`);
  assert.deepEqual(evaluateGraph(after, feeds()), evaluateGraph(graph, feeds()));
});

test('optimised() leaves nothing for another round', () => {
  const once = optimised(graph);
  const twice = optimised(once);
  assert.equal(twice.nodes.length, once.nodes.length);
  assert.equal(twice.constants.length, once.constants.length);
});

test('splitGraph() gives two graphs that compute the whole, one after the other, and no node twice', () => {
  const { first, rest } = splitGraph(graph, new Set(['loss']));
  verifyGraph(first);
  verifyGraph(rest);
  assert.equal(first.nodes.length + rest.nodes.length, removeDeadCode(graph).nodes.length);
  const begun = evaluateGraph(first, feeds());
  const ended = evaluateGraph(rest, new Map([...feeds(), ...begun]));
  const results = new Map([...begun, ...ended]);
  for (const [name, want] of evaluateGraph(graph, feeds())) assert.deepEqual(results.get(name), want, name);
});
