import { defer, from, repeat, takeWhile } from 'rxjs';
import type { Observable } from 'rxjs';

/**
 * A bound on work under way: `acquire` waits while all places are taken. Places are given back in any order, and waiting
 * callers get them in theirs.
 */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param count ≥ 1 */
  constructor(count: number) {
    this.#free = count;
  }

  async acquire(): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/**
 * The batches that `pull` gives until it gives none, the next one asked for when the subscriber has taken the last:
 * `pull` sets the pace, so that there is back-pressure. (RxJS's own `from(asyncIterable)` would run ahead of its
 * subscriber without limit.)
 */
export function pulledBatches<B>(pull: () => Promise<B | null>): Observable<B> {
  return defer(() => from(pull())).pipe(
    repeat(),
    takeWhile((batch) => batch !== null),
  );
}

/**
 * The next items of an iterator as a batch, empty at its end.
 *
 * @param limits.size items of a batch; the last one may have fewer
 * @param limits.bytesMax the item that reaches it ends its batch
 */
export async function nextItems<T>(
  items: AsyncIterator<T>,
  limits: { readonly size: number; readonly bytesMax: number; readonly bytesOf: (item: T) => number },
): Promise<readonly T[]> {
  const { size, bytesMax, bytesOf } = limits;
  const batch: T[] = [];
  let bytes = 0;
  while (batch.length < size && bytes < bytesMax) {
    const next = await items.next();
    if (next.done === true) break;
    batch.push(next.value);
    bytes += bytesOf(next.value);
  }
  return batch;
}
