/** A binary heap: the least item by `compare` first. Deterministic where `compare` is a total order. */
export class MinHeap<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** The least item; `undefined` if there is none. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** @complexity O(log n) */
  push(item: T): void {
    const items = this.#items;
    let index = items.length;
    items.push(item);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || this.#compare(parent, item) <= 0) break;
      items[index] = parent;
      index = above;
    }
    items[index] = item;
  }

  /** Takes the least item. O(log n). */
  pop(): T | undefined {
    const items = this.#items;
    const least = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return least;
    let index = 0;
    for (;;) {
      const below = this.#lesserChild(index);
      const child = items[below];
      if (child === undefined || this.#compare(last, child) <= 0) break;
      items[index] = child;
      index = below;
    }
    items[index] = last;
    return least;
  }

  #lesserChild(index: number): number {
    const left = 2 * index + 1;
    const a = this.#items[left];
    const b = this.#items[left + 1];
    return a !== undefined && b !== undefined && this.#compare(b, a) < 0 ? left + 1 : left;
  }
}
