import type { GraphBuilder } from '../../ir/builder.ts';
import { elementCount } from '../../ir/dims.ts';
import type { Op } from '../../ir/op.ts';
import type { Value } from '../../ir/types.ts';
import { onlyCotangent } from '../gradient-rule.ts';
import type { GradientRule } from '../gradient-rule.ts';
import { sumToShape } from '../sum-to-shape.ts';

/**
 * y = A B with A = a or aᵀ, B = b or bᵀ: dA = dy Bᵀ, dB = Aᵀ dy, each transposed back; stretched leading axes are summed.
 */
const matmul: GradientRule<'matmul'> = (at) => {
  const { g, node, isWanted } = at;
  const [a, b] = [node.operands[0]!, node.operands[1]!];
  const { transposeA, transposeB } = node.attributes;
  const dy = onlyCotangent(at);
  const da = (): Value =>
    transposeA
      ? g.matmul(b, dy, { transposeA: transposeB, transposeB: true })
      : g.matmul(dy, b, { transposeB: !transposeB });
  const db = (): Value => {
    const [left, right] = transposeA ? [a, dy] : asMatrices(g, [a, dy], b);
    return transposeB
      ? g.matmul(right, left, { transposeA: true, transposeB: transposeA })
      : g.matmul(left, right, { transposeA: !transposeA });
  };
  return [
    isWanted[0] === true ? sumToShape(g, da(), a.shape) : null,
    isWanted[1] === true ? sumToShape(g, db(), b.shape) : null,
  ];
};

/** Rows of all leading axes one below the other where `b` is one matrix for all: its gradient is then a single product. */
function asMatrices(g: GraphBuilder, [a, dy]: readonly [Value, Value], b: Value): readonly [Value, Value] {
  const rows = a.shape.slice(0, -1).filter((dim) => typeof dim === 'number');
  if (b.shape.length > 2 || a.shape.length < 3 || rows.length < a.shape.length - 1) return [a, dy];
  const matrix = (x: Value): Value => g.reshape(x, [elementCount(rows), x.shape.at(-1)!]);
  return [matrix(a), matrix(dy)];
}

/**
 * P = softmax(S), S = s q kᵀ + bias, o = P v:
 *
 *   dv = Pᵀ do, dP = do vᵀ (+ what flows into P itself), dS = P (dP − Σ_keys P dP), dq = s dS k, dk = s dSᵀ q, dbias = dS.
 *
 * Without a flow into P, Σ_keys P dP = Σ_out do o, a sum over a narrow tensor; it is subtracted inside the product do vᵀ
 * by one more column, so that the wide tensor is passed once.
 *
 * @source Dao et al. 2022, arXiv:2205.14135, appendix B.2, for the identity
 */
const attention: GradientRule<'attention'> = ({ g, node, cotangents, isWanted }) => {
  const [query, key, value, bias] = node.operands;
  const [context, probabilities] = [node.results[0]!, node.results[1]!];
  const { scale } = node.attributes;
  const [dContext, dProbabilities] = [cotangents[0] ?? null, cotangents[1] ?? null];
  const dv =
    dContext === null || isWanted[2] !== true
      ? null
      : g.matmul(probabilities, dContext, { transposeA: true });
  if (![0, 1, 3].some((i) => isWanted[i] === true)) return [null, null, dv, null];
  const centred =
    dContext !== null && dProbabilities === null
      ? centredFlow(g, { value: value!, context, dContext })
      : centredBySum(g, probabilities, totalFlow(g, { value: value!, dContext, dProbabilities }));
  const dLogits = g.mul(probabilities, centred);
  return [
    isWanted[0] === true ? g.mul(g.matmul(dLogits, key!), scale) : null,
    isWanted[1] === true ? g.mul(g.matmul(dLogits, query!, { transposeA: true }), scale) : null,
    dv,
    isWanted[3] === true ? sumToShape(g, dLogits, bias!.shape) : null,
  ];
};

/** do vᵀ − Σ do o as one product: [do, −Σ do o] [v, 1]ᵀ. */
function centredFlow(
  g: GraphBuilder,
  { value, context, dContext }: { readonly value: Value; readonly context: Value; readonly dContext: Value },
): Value {
  const mean = g.neg(g.reduceSum(g.mul(dContext, context), [-1], { keepDims: true }));
  const ones = g.full(1, [...value.shape.slice(0, -1), 1]);
  return g.matmul(g.concat([dContext, mean], -1), g.concat([value, ones], -1), { transposeB: true });
}

function totalFlow(
  g: GraphBuilder,
  flow: {
    readonly value: Value;
    readonly dContext: Value | null;
    readonly dProbabilities: Value | null;
  },
): Value {
  const { value, dContext, dProbabilities } = flow;
  const through = dContext === null ? null : g.matmul(dContext, value, { transposeB: true });
  if (through === null || dProbabilities === null) return (through ?? dProbabilities)!;
  return g.add(through, dProbabilities);
}

/** dP − Σ_keys P dP. */
function centredBySum(g: GraphBuilder, probabilities: Value, flow: Value): Value {
  return g.sub(flow, g.reduceSum(g.mul(probabilities, flow), [-1], { keepDims: true }));
}

/** Derivatives of matrix products. */
export const PRODUCT_GRADIENTS = { matmul, attention } satisfies { readonly [K in Op]?: GradientRule<K> };
