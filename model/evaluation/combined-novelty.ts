import { classConditionalQuantiles, combinedQuantiles, frozenQuantiles } from './frozen-quantiles.ts';

/** Scores of objects that are told together, all in the same order. */
export interface NoveltyParts {
  readonly neighbourDoubt: Float64Array;
  readonly embeddingKnn: Float64Array;
  /** `null` where objects have no features. */
  readonly featuresKnn: Float64Array | null;
  /** Numbers of the classes that the objects are taken for. */
  readonly classes: Int32Array;
}

/**
 * Novelty from what is blind in different places: doubt among the neighbours as it is, and doubt, distance in the embedding
 * and distance in the features each beside what is usual for the class that an object is taken for.
 *
 * @param reference known objects that were not fitted on
 * @returns [m] in (0, 1); larger is more novel
 */
export function combinedNovelty(reference: NoveltyParts, queries: NoveltyParts): Float64Array {
  const conditional = (known: Float64Array, own: Float64Array): Float64Array =>
    classConditionalQuantiles(
      { scores: known, classes: reference.classes },
      { scores: own, classes: queries.classes },
    );
  const quantiles = [
    frozenQuantiles(reference.neighbourDoubt, queries.neighbourDoubt),
    conditional(reference.neighbourDoubt, queries.neighbourDoubt),
    conditional(reference.embeddingKnn, queries.embeddingKnn),
  ];
  if (reference.featuresKnn !== null && queries.featuresKnn !== null)
    quantiles.push(conditional(reference.featuresKnn, queries.featuresKnn));
  return combinedQuantiles(quantiles);
}
