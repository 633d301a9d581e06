import { FastFourier } from './fast-fourier.ts';

/** Points of the largest grid: its transform stays in a core's cache, and longer ranges are done in blocks. */
const GRID_MAX = 4096;
const GRID_MIN = 256;
/** Share of a grid's frequencies that are used: the others keep the window's aliases apart. */
const USED_RATIO = 7 / 8;
/** Grid points that a measurement is spread onto. */
const TAPS = 18;
const HALF_TAPS = TAPS / 2;
/** Shape of the Kaiser–Bessel window for `USED_RATIO`. */
const WINDOW_SHAPE = Math.PI * (2 - USED_RATIO);

/** One block of sums: entry k belongs to the block's k-th frequency. */
export interface SumBlock {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/**
 * The sums Σ a_j cos(2πf t_j) and Σ a_j sin(2πf t_j) for uniformly spaced frequencies, block by block: the measurements,
 * turned to the block's middle frequency, are spread onto a uniform grid with a Kaiser–Bessel window, the grid is
 * transformed, and the window divided out.
 *
 * The window's values are computed once per measurement. Relative to Σ|a_j| the error is about 1e-8.
 *
 * @complexity of a block: O(18 n + 4096 · log 4096), about 0.1 ms for 300 points and 3,584 frequencies
 * @source Potts, Steidl & Tasche 2001, "Fast Fourier transforms for nonequispaced data"; window and its transform: Keiner,
 *   Kunis & Potts 2009, doi:10.1145/1555386.1555388, appendix; here with an oversampling of 8/7 and 18 taps
 */
export class TrigonometricSums {
  /** Frequencies of a block. */
  readonly blockCount: number;
  readonly #timeDays: Float64Array;
  readonly #grid: Grid;
  /** [n] first grid point of each measurement */
  readonly #place: Int32Array;
  /** [n × TAPS] */
  readonly #window: Float64Array;
  readonly #phase: SumBlock;
  readonly #step: SumBlock;

  /**
   * @param timeDays      [n] finite, best counted from a time near them
   * @param range.firstPerDay first frequency
   * @param range.stepPerDay  > 0
   * @param range.count       how many will be asked for: a short range gets a small grid
   */
  constructor(
    timeDays: Float64Array,
    range: { readonly firstPerDay: number; readonly stepPerDay: number; readonly count: number },
  ) {
    const grid = gridFor(range.count);
    this.#timeDays = timeDays;
    this.#grid = grid;
    this.blockCount = grid.used;
    const n = timeDays.length;
    this.#place = new Int32Array(n);
    this.#window = new Float64Array(n * TAPS);
    for (let j = 0; j < n; j++) {
      const turns = timeDays[j]! * range.stepPerDay;
      const position = (turns - Math.floor(turns)) * grid.size;
      const place = Math.ceil(position) - HALF_TAPS;
      this.#place[j] = place;
      for (let tap = 0; tap < TAPS; tap++) this.#window[j * TAPS + tap] = kernel(place + tap - position);
    }
    const middlePerDay = range.firstPerDay + (grid.used / 2) * range.stepPerDay;
    this.#phase = turned(timeDays, middlePerDay);
    this.#step = turned(timeDays, grid.used * range.stepPerDay);
  }

  /**
   * The sums of the present block.
   *
   * @param coefficients [n] a_j
   * @param out          cos and sin, [blockCount] each
   */
  sum(coefficients: Float64Array, out: SumBlock): void {
    const { size, used, input, output, fourier, deconvolution } = this.#grid;
    const { cos, sin } = this.#phase;
    const window = this.#window;
    input.fill(0);
    const mask = size - 1;
    for (let j = 0; j < coefficients.length; j++) {
      const a = coefficients[j]!;
      if (a === 0) continue;
      const re = a * cos[j]!;
      const im = -a * sin[j]!;
      const place = this.#place[j]!;
      const first = j * TAPS;
      if (place >= 0 && place + TAPS <= size) {
        let at = 2 * place;
        for (let tap = first; tap < first + TAPS; tap++) {
          const w = window[tap]!;
          input[at]! += re * w;
          input[at + 1]! += im * w;
          at += 2;
        }
      } else {
        for (let tap = 0; tap < TAPS; tap++) {
          const at = 2 * ((place + tap) & mask);
          const w = window[first + tap]!;
          input[at]! += re * w;
          input[at + 1]! += im * w;
        }
      }
    }
    fourier.transform(output, input);
    // Entry k is `used / 2 − k` below the middle frequency; frequencies below it stand at the transform's end.
    const half = used / 2;
    for (let k = 0; k < used; k++) {
      const at = 2 * ((k - half) & mask);
      const factor = deconvolution[k]!;
      out.cos[k] = output[at]! * factor;
      out.sin[k] = -output[at + 1]! * factor;
    }
  }

  /** Goes on to the block after the present one. */
  advance(): void {
    const { cos, sin } = this.#phase;
    const step = this.#step;
    for (let j = 0; j < this.#timeDays.length; j++) {
      const c = cos[j]!;
      const s = sin[j]!;
      cos[j] = c * step.cos[j]! - s * step.sin[j]!;
      sin[j] = s * step.cos[j]! + c * step.sin[j]!;
    }
  }
}

/** A block of zeros. */
export function sumBlock(count: number): SumBlock {
  return { cos: new Float64Array(count), sin: new Float64Array(count) };
}

function turned(timeDays: Float64Array, frequencyPerDay: number): SumBlock {
  const angle = timeDays.map((time) => 2 * Math.PI * frequencyPerDay * time);
  return { cos: angle.map(Math.cos), sin: angle.map(Math.sin) };
}

interface Grid {
  readonly size: number;
  readonly used: number;
  readonly fourier: FastFourier;
  readonly input: Float64Array;
  readonly output: Float64Array;
  /** [used] 1 / transform of the window */
  readonly deconvolution: Float64Array;
}

/** Grids by size: at most five, which every sum of a thread shares, as no two run at a time. */
const GRIDS = new Map<number, Grid>();

function gridFor(count: number): Grid {
  let size = GRID_MIN;
  while (size < GRID_MAX && size * USED_RATIO < count) size *= 2;
  const known = GRIDS.get(size);
  if (known !== undefined) return known;
  const used = size * USED_RATIO;
  const deconvolution = Float64Array.from({ length: used }, (_, k) => {
    const angle = (2 * Math.PI * (k - used / 2)) / size;
    return 1 / besselI0(HALF_TAPS * Math.sqrt(WINDOW_SHAPE ** 2 - angle ** 2));
  });
  const grid: Grid = {
    size,
    used,
    fourier: new FastFourier(size),
    input: new Float64Array(2 * size),
    output: new Float64Array(2 * size),
    deconvolution,
  };
  GRIDS.set(size, grid);
  return grid;
}

/** The window at a distance of `x` grid points; 0 from `HALF_TAPS` on. */
function kernel(x: number): number {
  const square = HALF_TAPS ** 2 - x ** 2;
  if (square < 0) return 0;
  const root = Math.sqrt(square);
  return root < 1e-6 ? WINDOW_SHAPE / Math.PI : Math.sinh(WINDOW_SHAPE * root) / (Math.PI * root);
}

/** Modified Bessel function of the first kind and order 0, by its series: 60 terms suffice up to x = 40. */
function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
