import type { Op } from '../ir/op.ts';
import type { GradientRule } from './gradient-rule.ts';
import { CONVOLUTION_GRADIENTS } from './rules/convolutions.ts';
import { ELEMENTWISE_GRADIENTS } from './rules/elementwise.ts';
import { INDEXING_GRADIENTS } from './rules/indexing.ts';
import { PRODUCT_GRADIENTS } from './rules/products.ts';
import { REDUCTION_GRADIENTS } from './rules/reductions.ts';
import { SHAPE_GRADIENTS } from './rules/shapes.ts';

/** Every op's derivative: an op without one does not compile. */
export const GRADIENT_RULES: { readonly [K in Op]: GradientRule<K> } = {
  ...ELEMENTWISE_GRADIENTS,
  ...REDUCTION_GRADIENTS,
  ...PRODUCT_GRADIENTS,
  ...CONVOLUTION_GRADIENTS,
  ...SHAPE_GRADIENTS,
  ...INDEXING_GRADIENTS,
};
