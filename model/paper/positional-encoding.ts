/**
 * Sinusoidal encoding of the index of a step: sin(t·ω_i) at 2i, cos(t·ω_i) at 2i + 1, ω_i = 10000^(−2i/dimensions).
 * Intermediate values are rounded to float32 where the research code rounds them.
 *
 * @returns [length × dimensions]
 * @source Vaswani et al. 2017, arXiv:1706.03762, section 3.5
 */
export function positionalEncoding(length: number, dimensions: number): Float32Array<ArrayBuffer> {
  const encoding = new Float32Array(length * dimensions);
  const exponent = Math.fround(-Math.log(10_000) / dimensions);
  for (let i = 0; i < dimensions; i += 2) {
    const frequency = Math.fround(Math.exp(Math.fround(i * exponent)));
    for (let t = 0; t < length; t++) {
      const angle = Math.fround(t * frequency);
      encoding[t * dimensions + i] = Math.sin(angle);
      encoding[t * dimensions + i + 1] = Math.cos(angle);
    }
  }
  return encoding;
}
