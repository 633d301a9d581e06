import { Random } from '../../../core/index.ts';

/** Rows of a data set by what they are for; no row is in both. */
export interface Split {
  readonly training: readonly number[];
  readonly validation: readonly number[];
}

/**
 * Sets rows aside for validation: a share of them, drawn once from the seed. A row is an object, so that no object is on
 * both sides.
 *
 * @param ratio in [0, 1)
 * @returns both in ascending order
 * @complexity O(rows)
 */
export function splitRows(
  rows: number,
  { seed, ratio }: { readonly seed: string; readonly ratio: number },
): Split {
  const all = Array.from({ length: rows }, (_, row) => row);
  const chosen = new Set(
    Random.forPurpose(seed, 'validation')
      .shuffled(all)
      .slice(0, Math.round(rows * ratio)),
  );
  return {
    training: all.filter((row) => !chosen.has(row)),
    validation: all.filter((row) => chosen.has(row)),
  };
}

/**
 * The order in which an epoch takes rows; it depends on nothing but the seed and the epoch.
 *
 * @param epoch 0 for the first
 */
export function epochOrder(
  rows: readonly number[],
  { seed, epoch }: { readonly seed: string; readonly epoch: number },
): readonly number[] {
  return Random.forPurpose(seed, `order/${epoch}`).shuffled(rows);
}

/** Full batches; a rest that is smaller is left out, since a contrastive loss depends on how many objects it compares. */
export function batchesOf(rows: number, batch: number): number {
  return Math.floor(rows / batch);
}

/** The rows of one batch of an order. */
export function rowsOfBatch(order: readonly number[], batch: number, index: number): readonly number[] {
  return order.slice(index * batch, (index + 1) * batch);
}
