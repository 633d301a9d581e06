import { broadcastShapes, dimOf, sameShape, shapeText } from '../dims.ts';
import { illegal } from '../op.ts';
import type { Lowering, OpRule } from '../op.ts';
import type { Dim, NodeOf, Shape, Value, ValueType } from '../types.ts';
import { requireDType, two } from './operands.ts';

/** Sizes of the last two axes, after a transposition of them. */
function matrixOf({ shape }: ValueType, isTransposed: boolean): readonly [rows: Dim, columns: Dim] {
  if (shape.length < 2) illegal('operands must have at least 2 axes', shapeText(shape));
  const [rows, columns] = [dimOf(shape, shape.length - 2), dimOf(shape, shape.length - 1)];
  return isTransposed ? [columns, rows] : [rows, columns];
}

/** Name of a tensor with its last two axes exchanged; ONNX Runtime makes it part of the product. */
function transposed(tensor: string, shape: Shape, onnx: Lowering): string {
  const axes = shape.map((_, axis) => axis);
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return onnx.intermediate('Transpose', [tensor], { perm });
}

/** [… m, k] · [… k, n] = [… m, n]; leading axes broadcast. */
const matmul: OpRule<'matmul'> = {
  infer: (operands, { transposeA, transposeB }) => {
    const [a, b] = two(operands);
    requireDType(a, 'float32');
    requireDType(b, 'float32');
    const [rows, inner] = matrixOf(a, transposeA);
    const [otherInner, columns] = matrixOf(b, transposeB);
    if (inner !== otherInner)
      illegal('inner sizes must agree', `${shapeText(a.shape)} · ${shapeText(b.shape)}`);
    const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: 'float32', shape: [...batch, rows, columns] }];
  },
  lower: ({ operands: [a, b], attributes: { transposeA, transposeB }, results }, onnx) => {
    const tensor = (value: ValueType, name: string, isTransposed: boolean): string =>
      isTransposed ? transposed(name, value.shape, onnx) : name;
    const inputs = [tensor(a!, onnx.tensor(a!), transposeA), tensor(b!, onnx.tensor(b!), transposeB)];
    onnx.product('MatMul', inputs, { result: results[0]! });
  },
};

/** softmax(scale · q kᵀ + bias) v, and the softmax itself, which the derivative needs. */
const attention: OpRule<'attention'> = {
  infer: (operands) => {
    const [query, key, value, bias] = operands;
    if (query === undefined || key === undefined || value === undefined || operands.length > 4)
      return illegal('it takes query, key, value and perhaps a bias', `${operands.length} operands`);
    for (const operand of operands) requireDType(operand, 'float32');
    const [queries, width] = matrixOf(query, false);
    const [keys, keyWidth] = matrixOf(key, false);
    const [values, out] = matrixOf(value, false);
    const leading = query.shape.slice(0, -2);
    const agrees = [key, value].every(({ shape }) => sameShape(shape.slice(0, -2), leading));
    if (!agrees || width !== keyWidth || keys !== values)
      illegal(
        'query, key and value must fit each other',
        [query, key, value].map(({ shape }) => shapeText(shape)).join(', '),
      );
    const probabilities = [...leading, queries, keys];
    if (bias !== undefined && !sameShape(broadcastShapes(bias.shape, probabilities), probabilities))
      illegal(`the bias must stretch to ${shapeText(probabilities)}`, shapeText(bias.shape));
    return [
      { dtype: 'float32', shape: [...leading, queries, out] },
      { dtype: 'float32', shape: probabilities },
    ];
  },
  lower: (node, onnx) => {
    const { operands, results } = node;
    const [context, probabilities] = results;
    const value = onnx.tensor(operands[2]!);
    onnx.node('Softmax', [logitsOf(node, onnx)], { results: [probabilities!], attributes: { axis: -1 } });
    onnx.product('MatMul', [onnx.tensor(probabilities!), value], { result: context! });
  },
};

/**
 * scale · q kᵀ + bias. A bias that is the same for every query goes into the product, [q, 1] [k, bias / scale]ᵀ: the sum
 * over a tensor [… queries, keys] with such a bias costs ONNX Runtime 1.30 as much as the product.
 */
function logitsOf(
  { operands: [query, key, , bias], attributes: { scale } }: NodeOf<'attention'>,
  onnx: Lowering,
): string {
  const product = (left: string, right: string): string => {
    const products = onnx.product('MatMul', [left, transposed(right, key!.shape, onnx)]);
    return onnx.intermediate('Mul', [products, onnx.floats([scale], [])]);
  };
  const [left, right] = [onnx.tensor(query!), onnx.tensor(key!)];
  if (bias === undefined) return product(left, right);
  if (bias.shape.length < 2 || bias.shape.at(-2) !== 1 || !onnx.hasFullProducts)
    return onnx.intermediate('Add', [product(left, right), onnx.tensor(bias)]);
  const withColumn = (tensor: string, column: string, { shape }: Value): string => {
    const sizes = onnx.sizes([...shape.slice(0, -1), 1]);
    return onnx.intermediate('Concat', [tensor, onnx.intermediate('Expand', [column, sizes])], { axis: -1 });
  };
  const perKey = transposed(onnx.tensor(bias), bias.shape, onnx);
  const unscaled = onnx.intermediate('Div', [perKey, onnx.floats([scale], [])]);
  return product(withColumn(left, onnx.floats([1], []), query!), withColumn(right, unscaled, key!));
}

/** Products of matrices: where nearly all the arithmetic is. */
export const PRODUCT_RULES = { matmul, attention };
