import { classCentredQuantiles, combinedQuantiles, frozenQuantiles } from './frozen-quantiles.ts';

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
 * Novelty from what is blind in different places: the mean log odds of the neighbours' doubt among all, and of that doubt,
 * the distance in the embedding and the distance in the features, each beside what is usual for the class that an object is
 * taken for.
 *
 * @param reference known objects that were not fitted on
 * @returns [m] in (0, 1); larger is more novel
 * @throws RangeError if only one of the two has features
 */
export function combinedNovelty(reference: NoveltyParts, queries: NoveltyParts): Float64Array {
  const centred = (known: Float64Array, own: Float64Array): Float64Array =>
    classCentredQuantiles(
      { scores: known, classes: reference.classes },
      { scores: own, classes: queries.classes },
    );
  if ((reference.featuresKnn === null) !== (queries.featuresKnn === null))
    throw new RangeError('Cannot combine scores as both or neither must be of features');
  const quantiles = [
    frozenQuantiles(reference.neighbourDoubt, queries.neighbourDoubt),
    centred(reference.neighbourDoubt, queries.neighbourDoubt),
    centred(reference.embeddingKnn, queries.embeddingKnn),
  ];
  if (reference.featuresKnn !== null && queries.featuresKnn !== null)
    quantiles.push(centred(reference.featuresKnn, queries.featuresKnn));
  return combinedQuantiles(quantiles);
}
