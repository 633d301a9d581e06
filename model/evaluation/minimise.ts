/** Value of a function at a point; fills its gradient there. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimiseOptions {
  /** Ends where no element of the gradient is larger. */
  readonly gradientMax: number;
  readonly iterationsMax: number;
}

export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False where the iterations ran out first. */
  readonly isConverged: boolean;
}

/** Pairs of steps and gradient changes that the curvature is known from. */
const MEMORY = 10;
/** Sufficient decrease of the line search (Armijo), and least share of a step that it tries. */
const DECREASE = 1e-4;
const HALVINGS_MAX = 40;

interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** 1 / (step · change), > 0 */
  readonly inverse: number;
}

/**
 * The minimum of a smooth convex function by L-BFGS with a backtracking line search: deterministic.
 *
 * @param start not changed
 * @complexity O(iterations · (objective + 2 · MEMORY · length))
 * @source Liu & Nocedal 1989, doi:10.1007/BF01589116
 */
export function minimise(
  objective: Objective,
  start: Float64Array,
  { gradientMax, iterationsMax }: MinimiseOptions,
): Minimum {
  let point = start.slice();
  let gradient = new Float64Array(point.length);
  let value = objective(point, gradient);
  const pairs: Pair[] = [];
  for (let iterations = 0; iterations < iterationsMax; iterations++) {
    if (largest(gradient) <= gradientMax) return { point, value, iterations, isConverged: true };
    const direction = descent(gradient, pairs);
    const slope = dot(direction, gradient);
    // Without curvature the gradient may be of any size: begin with a step of length 1.
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = new Float64Array(point.length);
    const nextGradient = new Float64Array(point.length);
    let nextValue = Infinity;
    for (let halving = 0; halving < HALVINGS_MAX; halving++, length /= 2) {
      for (let i = 0; i < next.length; i++) next[i] = point[i]! + length * direction[i]!;
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + DECREASE * length * slope) break;
    }
    // Rounding leaves nothing to gain in this direction: the minimum is as near as float64 gets.
    if (!(nextValue < value)) return { point, value, iterations, isConverged: true };
    remember(pairs, difference(next, point), difference(nextGradient, gradient));
    [point, gradient, value] = [next, nextGradient, nextValue];
  }
  return { point, value, iterations: iterationsMax, isConverged: largest(gradient) <= gradientMax };
}

/** Minus the gradient, through the inverse curvature that the pairs tell of (two loops). */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  const direction = gradient.map((element) => -element);
  const weights: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { step, change, inverse } = pairs[i]!;
    const weight = inverse * dot(step, direction);
    weights[i] = weight;
    addScaled(direction, change, -weight);
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.inverse * dot(newest.change, newest.change));
    for (let i = 0; i < direction.length; i++) direction[i] = direction[i]! * scale;
  }
  pairs.forEach(({ step, change, inverse }, i) => {
    addScaled(direction, step, weights[i]! - inverse * dot(change, direction));
  });
  return direction;
}

/** Keeps a pair whose curvature is positive beyond rounding: only such a one leaves the direction a descent. */
function remember(pairs: Pair[], step: Float64Array, change: Float64Array): void {
  const curvature = dot(step, change);
  if (!(curvature > 1e-12 * dot(change, change))) return;
  pairs.push({ step, change, inverse: 1 / curvature });
  if (pairs.length > MEMORY) pairs.shift();
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + scale * source[i]!;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((element, i) => element - b[i]!);
}

function largest(vector: Float64Array): number {
  let most = 0;
  for (const element of vector) most = Math.max(most, Math.abs(element));
  return most;
}
