import type { CentredSeries } from './banded-series.ts';

/** Mean of cos² over a cycle: what a ridge is relative to. */
const MEAN_SQUARE = 0.5;
/** A column whose remainder after those before it is below this share is a combination of them. */
const DEPENDENT = 1e-9;

/**
 * Least squares of Σ A_k cos(2πkft − φ_k) with a floating mean per band, at one frequency after another: exact sums over
 * the measurements, then a Cholesky factor whose leading parts are the fits with fewer harmonics.
 */
export class HarmonicFit {
  readonly #series: CentredSeries;
  readonly #ordersMax: number;
  /** [bands × (2 · ordersMax + 1)] Σ w cos(mθ), Σ w sin(mθ) of each band */
  readonly #meanCos: Float64Array;
  readonly #meanSin: Float64Array;
  /** [2 · ordersMax + 1] the same of all bands */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** [ordersMax + 1] Σ w y cos(mθ), Σ w y sin(mθ) */
  readonly #fluxCos: Float64Array;
  readonly #fluxSin: Float64Array;
  readonly #factor: Float64Array;
  readonly #forward: Float64Array;
  #size = 0;

  /**
   * @param ordersMax highest harmonic that will be asked for
   */
  constructor(series: CentredSeries, ordersMax: number) {
    this.#series = series;
    this.#ordersMax = ordersMax;
    const width = 2 * ordersMax + 1;
    const bands = series.bandWeight.length;
    this.#meanCos = new Float64Array(bands * width);
    this.#meanSin = new Float64Array(bands * width);
    this.#cos = new Float64Array(width);
    this.#sin = new Float64Array(width);
    this.#fluxCos = new Float64Array(ordersMax + 1);
    this.#fluxSin = new Float64Array(ordersMax + 1);
    this.#factor = new Float64Array((2 * ordersMax) ** 2);
    this.#forward = new Float64Array(2 * ordersMax);
  }

  /**
   * Fits the harmonics `orders` of a frequency.
   *
   * @param orders distinct, 1 … ordersMax, in the order in which they are added to the fit
   * @param ridge  added to the normal matrix's diagonal, relative to its mean: folded curves with gaps stay solvable
   * @returns [orders.length] share of the variance that the harmonics up to each one explain, 0 to 1, not descending; with a
   *   ridge λ less by λ·½·Σ coefficients²
   * @complexity O(n · max(orders)) time; about 30 µs for 300 points and four harmonics
   */
  explained(frequencyPerDay: number, orders: readonly number[], ridge = 0): Float64Array {
    this.#sum(frequencyPerDay, Math.max(...orders));
    this.#solve(orders, ridge);
    const shares = new Float64Array(orders.length);
    let sum = 0;
    for (let k = 0; k < orders.length; k++) {
      sum += this.#forward[2 * k]! ** 2 + this.#forward[2 * k + 1]! ** 2;
      shares[k] = this.#series.variance > 0 ? Math.max(0, Math.min(1, sum / this.#series.variance)) : 0;
    }
    return shares;
  }

  /**
   * The coefficients of the last fit.
   *
   * @returns [2 · orders] cosine and sine of each harmonic in turn, in the series' own unit of flux
   */
  coefficients(): Float64Array {
    const size = this.#size;
    const width = 2 * this.#ordersMax;
    const solution = this.#forward.slice(0, size);
    for (let a = size - 1; a >= 0; a--) {
      const pivot = this.#factor[a * width + a]!;
      if (pivot === 0) {
        solution[a] = 0;
        continue;
      }
      for (let k = a + 1; k < size; k++) solution[a]! -= this.#factor[k * width + a]! * solution[k]!;
      solution[a]! /= pivot;
    }
    return solution;
  }

  #sum(frequencyPerDay: number, order: number): void {
    const { timeDays, weight, weighted, firstOfBand } = this.#series;
    const width = 2 * this.#ordersMax + 1;
    const sums = 2 * order;
    const cosines = this.#meanCos.fill(0);
    const sines = this.#meanSin.fill(0);
    const fluxCos = this.#fluxCos.fill(0);
    const fluxSin = this.#fluxSin.fill(0);
    const radiansPerDay = 2 * Math.PI * frequencyPerDay;
    for (let b = 0; b + 1 < firstOfBand.length; b++) {
      const row = b * width;
      const end = firstOfBand[b + 1]!;
      for (let i = firstOfBand[b]!; i < end; i++) {
        const angle = radiansPerDay * timeDays[i]!;
        const c = Math.cos(angle);
        const s = Math.sin(angle);
        const w = weight[i]!;
        const y = weighted[i]!;
        let cm = c;
        let sm = s;
        for (let m = 1; m <= sums; m++) {
          cosines[row + m]! += w * cm;
          sines[row + m]! += w * sm;
          if (m <= order) {
            fluxCos[m]! += y * cm;
            fluxSin[m]! += y * sm;
          }
          const next = cm * c - sm * s;
          sm = sm * c + cm * s;
          cm = next;
        }
      }
    }
    this.#cos.fill(0);
    this.#sin.fill(0);
    this.#cos[0] = 1;
    for (let b = 0; b + 1 < firstOfBand.length; b++) {
      for (let m = 1; m <= sums; m++) {
        this.#cos[m]! += cosines[b * width + m]!;
        this.#sin[m]! += sines[b * width + m]!;
      }
    }
  }

  /** Normal equations, their Cholesky factor and the forward substitution, row by row. */
  #solve(orders: readonly number[], ridge: number): void {
    const size = 2 * orders.length;
    const width = 2 * this.#ordersMax;
    const factor = this.#factor;
    const forward = this.#forward;
    this.#size = size;
    for (let a = 0; a < size; a++) {
      const p = orders[a >> 1]!;
      const isSine = (a & 1) === 1;
      for (let b = 0; b <= a; b++) {
        const entry = this.#entry(p, isSine, orders[b >> 1]!, (b & 1) === 1);
        let rest = a === b ? entry + ridge * MEAN_SQUARE : entry;
        for (let k = 0; k < b; k++) rest -= factor[a * width + k]! * factor[b * width + k]!;
        if (a === b) factor[a * width + a] = rest > DEPENDENT ? Math.sqrt(rest) : 0;
        else {
          const pivot = factor[b * width + b]!;
          factor[a * width + b] = pivot === 0 ? 0 : rest / pivot;
        }
      }
      const pivot = factor[a * width + a]!;
      let right = isSine ? this.#fluxSin[p]! : this.#fluxCos[p]!;
      for (let k = 0; k < a; k++) right -= factor[a * width + k]! * forward[k]!;
      forward[a] = pivot === 0 ? 0 : right / pivot;
    }
  }

  /** Σ w f(pθ) g(qθ) less what the band means take of it, f and g cosine or sine: products as sums of angles. */
  #entry(p: number, isSineP: boolean, q: number, isSineQ: boolean): number {
    const cos = this.#cos;
    const sin = this.#sin;
    const difference = Math.abs(p - q);
    const sign = p < q ? -1 : 1;
    let entry: number;
    if (isSineP) entry = isSineQ ? cos[difference]! - cos[p + q]! : sin[p + q]! + sign * sin[difference]!;
    else entry = isSineQ ? sin[p + q]! - sign * sin[difference]! : cos[difference]! + cos[p + q]!;
    entry *= 0.5;
    const { bandWeight } = this.#series;
    const width = 2 * this.#ordersMax + 1;
    const left = isSineP ? this.#meanSin : this.#meanCos;
    const right = isSineQ ? this.#meanSin : this.#meanCos;
    for (let b = 0; b < bandWeight.length; b++) {
      const total = bandWeight[b]!;
      if (total > 0) entry -= (left[b * width + p]! * right[b * width + q]!) / total;
    }
    return entry;
  }
}
