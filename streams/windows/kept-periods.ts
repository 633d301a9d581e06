import { textKey } from './store-keys.ts';
import type { Tables } from './tables.ts';

/** Longest value of one object. */
export const PERIODS_BYTES_MAX = 64;
/** Objects whose values wait for the next merge; the oldest are forgotten. */
const WAITING_MAX = 4096;

/** Bytes that a model keeps for each object, and those that wait to be written. */
export class KeptPeriods {
  readonly #waiting = new Map<string, Uint8Array>();

  /** @throws RangeError if a value is longer than `PERIODS_BYTES_MAX` */
  add(periods: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, bytes] of periods) {
      if (bytes.length > PERIODS_BYTES_MAX)
        throw new RangeError(
          `Cannot keep periods as they must have at most ${PERIODS_BYTES_MAX} bytes: current value is ${bytes.length}`,
        );
      this.#waiting.delete(key);
      this.#waiting.set(key, bytes);
    }
    for (const key of this.#waiting.keys()) {
      if (this.#waiting.size <= WAITING_MAX) break;
      this.#waiting.delete(key);
    }
  }

  /** What is kept for an object. */
  of(key: string, tables: Tables): Uint8Array | null {
    // Asked for even where newer bytes wait: which rounds a merge takes must not depend on what waits.
    const written = tables.get('periods', textKey(key));
    return this.#waiting.get(key) ?? written;
  }

  /** Writes what waits, and gives what to forget once that is on the disk. */
  write(tables: Tables): () => void {
    const written = [...this.#waiting];
    for (const [key, bytes] of written) tables.put('periods', textKey(key), Buffer.from(bytes));
    return () => {
      for (const [key, bytes] of written) if (this.#waiting.get(key) === bytes) this.#waiting.delete(key);
    };
  }
}
