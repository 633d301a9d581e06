/**
 * Seeded generator of independent uniform numbers. The same seed gives the same sequence on every machine.
 *
 * @source xoshiro128** 1.1, Blackman & Vigna 2021, doi:10.1145/3460772; state filled by splitmix32
 */
export class Random {
  readonly #state: Uint32Array;

  /** @param seed text or number; hashed to 32 bits, so that of many texts two may share a sequence */
  constructor(seed: string | number) {
    this.#state = stateFromSeed(String(seed));
  }

  /** A generator of its own for a named purpose, unaffected by how often others are drawn from. */
  static forPurpose(seed: string | number, purpose: string): Random {
    return new Random(`${seed}/${purpose}`);
  }

  /** Uniform 32-bit unsigned integer. */
  uint32(): number {
    const s = this.#state;
    const [a, b, c, d] = [s[0] ?? 0, s[1] ?? 0, s[2] ?? 0, s[3] ?? 0];
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const c2 = c ^ a;
    const d2 = d ^ b;
    s[1] = b ^ c2;
    s[0] = a ^ d2;
    s[2] = c2 ^ (b << 9);
    s[3] = rotateLeft(d2, 11);
    return result;
  }

  /** Fills an array with what `uint32` would give, in a loop that is fast for millions. */
  fill(words: Uint32Array): void {
    const s = this.#state;
    let [a, b, c, d] = [s[0] ?? 0, s[1] ?? 0, s[2] ?? 0, s[3] ?? 0];
    for (let i = 0; i < words.length; i++) {
      const scrambled = Math.imul(b, 5);
      words[i] = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
    }
    s.set([a, b, c, d]);
  }

  /** Uniform in [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67_108_864 + (this.uint32() >>> 6)) / 9_007_199_254_740_992;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer in [0, count); count ≥ 1. */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Standard normal (Box–Muller; one of each pair is used, so that draws do not depend on earlier calls). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** One element, each equally likely. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined)
      throw new RangeError('Cannot pick from a list as it is empty: current length is 0');
    return item;
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const [a, b] = [copy[i], copy[j]];
      if (a === undefined || b === undefined) continue;
      copy[i] = b;
      copy[j] = a;
    }
    return copy;
  }
}

function rotateLeft(x: number, bits: number): number {
  return ((x << bits) | (x >>> (32 - bits))) >>> 0;
}

/** Four words from a text: FNV-1a over the text, then splitmix32. */
function stateFromSeed(seed: string): Uint32Array {
  let hash = 0x811c9dc5;
  for (let i = 0; i < seed.length; i++) hash = Math.imul(hash ^ seed.charCodeAt(i), 0x01000193);
  const state = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    hash = (hash + 0x9e3779b9) | 0;
    let word = hash ^ (hash >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    state[i] = word ^ (word >>> 15);
  }
  return state;
}
