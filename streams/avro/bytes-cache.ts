/**
 * Values by bytes: the embedded schema of a packet is compared with those of the packets before it, most
 * often the last one, which costs less than a digest of it. The least lately used goes first.
 */
export class BytesCache<V> {
  readonly #entriesMax: number;
  /** Latest first. */
  readonly #entries: { readonly key: Buffer; readonly value: V }[] = [];

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  /** The value of equal bytes, made if there is none. */
  get(key: Buffer, make: (key: Buffer) => V): V {
    const first = this.#entries[0];
    if (first !== undefined && first.key.equals(key)) return first.value;
    const index = this.#entries.findIndex((entry) => entry.key.equals(key));
    const known = index < 0 ? undefined : this.#entries.splice(index, 1)[0];
    const entry = known ?? { key: Buffer.from(key), value: make(key) };
    this.#entries.unshift(entry);
    if (this.#entries.length > this.#entriesMax) this.#entries.pop();
    return entry.value;
  }
}
