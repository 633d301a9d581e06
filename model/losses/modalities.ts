import type { GraphBuilder } from '../ir/builder.ts';
import { sameShape, shapeText } from '../ir/dims.ts';
import type { Dim, Value } from '../ir/types.ts';
import type { NamedLoss } from './named-loss.ts';

/** What one encoder made of a batch of objects. All that a contrastive loss knows of a modality. */
export interface EncodedModality {
  /** Stands in names of pairs and parameters: `p` and `s` make `ps`. Not empty, unlike those of the others. */
  readonly key: string;
  /** float32 [batch, dimensions], not normalised; what stands in the row of an absent object is not looked at. */
  readonly projection: Value;
  /** float32 [batch], 1 where the object has this modality and 0 where not; `null` if all have it. */
  readonly present: Value | null;
}

/** Two modalities of the same objects. */
export interface ModalityPair {
  /** The keys of both. */
  readonly name: string;
  readonly first: EncodedModality;
  readonly second: EncodedModality;
}

/** A loss over pairs of modalities: the sum, and what it is a sum of. */
export interface PairedLoss {
  /** float32 scalar */
  readonly loss: Value;
  readonly pairs: readonly NamedLoss[];
}

/**
 * All pairs around the circle, neighbours first: (0,1), (1,2), (2,0) of three, as their published names ps, sm and mp;
 * (0,1), (1,2), (2,3), (3,0), (0,2), (1,3) of four.
 *
 * @param modalities at least two, of one shape, whose keys make different names
 * @throws RangeError if there is only one; TypeError if shapes differ or names are not unique
 */
export function modalityPairs(modalities: readonly EncodedModality[]): readonly ModalityPair[] {
  const count = modalities.length;
  if (count < 2)
    throw new RangeError(`Cannot pair modalities as at least 2 are needed: current value is ${count}`);
  const pairs: ModalityPair[] = [];
  for (let step = 1; step <= count / 2; step++) {
    // Half around the circle the pairs from the other half are the same ones.
    const starts = 2 * step === count ? step : count;
    for (let i = 0; i < starts; i++) pairs.push(pairOf(modalities[i]!, modalities[(i + step) % count]!));
  }
  const names = pairs.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    throw new TypeError(
      `Cannot pair modalities as the names of pairs must be unique: current value is ${names.join(', ')}`,
    );
  return pairs;
}

/**
 * Two modalities as a pair.
 *
 * @throws TypeError if the projections are not [batch, dimensions] of the same sizes, or a key is empty
 */
export function pairOf(first: EncodedModality, second: EncodedModality): ModalityPair {
  const [a, b] = [first.projection.shape, second.projection.shape];
  const name = `${first.key}${second.key}`;
  if (first.key === '' || second.key === '')
    throw new TypeError(`Cannot pair modalities as keys must not be empty: current value is "${name}"`);
  if (a.length !== 2 || !sameShape(a, b))
    throw new TypeError(
      `Cannot pair "${name}" as both must be [batch, dimensions]: ` +
        `current value is ${shapeText(a)} and ${shapeText(b)}`,
    );
  return { name, first, second };
}

/** How much pairs count, by their names or the names turned round; 1 where not named. */
export type PairWeights = Readonly<Record<string, number>>;

/**
 * A loss of each pair, and their weighted sum.
 *
 * @param pairs at least one
 * @param options.lossOf scalar loss of one pair
 */
export function sumOverPairs(
  g: GraphBuilder,
  pairs: readonly ModalityPair[],
  {
    lossOf,
    weights = {},
  }: { readonly lossOf: (pair: ModalityPair) => Value; readonly weights?: PairWeights },
): PairedLoss {
  const losses = pairs.map((pair) => ({ name: pair.name, loss: lossOf(pair) }));
  const weighted = pairs.map(({ name, first, second }, i) => {
    const weight = weights[name] ?? weights[`${second.key}${first.key}`] ?? 1;
    return weight === 1 ? losses[i]!.loss : g.mul(weight, losses[i]!.loss);
  });
  return { loss: weighted.reduce((sum, loss) => g.add(sum, loss)), pairs: losses };
}

/** float32 [batch], 1 for the objects that have both modalities; `null` if all have. */
export function commonObjects(g: GraphBuilder, { first, second }: ModalityPair): Value | null {
  if (first.present === null) return second.present;
  if (second.present === null || second.present === first.present) return first.present;
  return g.mul(first.present, second.present);
}

/**
 * The same modality with zeros in the rows of absent objects, so that not even a NaN there goes further, nor a gradient
 * comes back.
 */
export function withoutAbsent(g: GraphBuilder, modality: EncodedModality): EncodedModality {
  const { present, projection } = modality;
  if (present === null) return modality;
  const isPresent = g.reshape(g.greater(present, 0), [batchOf(present), 1]);
  return { ...modality, projection: g.where(isPresent, projection, 0) };
}

/** Size of the first axis. */
export function batchOf(value: Value): Dim {
  return value.shape[0] ?? 1;
}
