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
 * The items of an iterator as batches, each pulled only when it has a place: back-pressure by completion. (RxJS's own
 * `from(asyncIterable)` would run ahead of its subscriber without limit.) The taker gives the place back when a batch is
 * through.
 *
 * @param limits.size items of a batch; the last one may have fewer
 * @param limits.bytesMax the item that reaches it ends its batch
 */
export function pulledBatches<T>(
  items: AsyncIterator<T>,
  limits: {
    readonly size: number;
    readonly bytesMax: number;
    readonly bytesOf: (item: T) => number;
    readonly places: Places;
  },
): Observable<readonly T[]> {
  const { size, bytesMax, bytesOf, places } = limits;
  const pull = async (): Promise<readonly T[]> => {
    await places.acquire();
    const batch: T[] = [];
    let bytes = 0;
    while (batch.length < size && bytes < bytesMax) {
      const next = await items.next();
      if (next.done === true) break;
      batch.push(next.value);
      bytes += bytesOf(next.value);
    }
    return batch;
  };
  return defer(() => from(pull())).pipe(
    repeat(),
    takeWhile((batch) => batch.length > 0),
  );
}
