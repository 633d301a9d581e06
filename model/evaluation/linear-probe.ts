import { minimise } from './minimise.ts';
import { rowCount, type Rows } from './rows.ts';
import { fitScaler, scaledRows, type StandardScaler } from './standard-scaler.ts';

export interface LinearProbeOptions {
  /** [n × width] NaN where missing */
  readonly rows: Rows;
  /** [n] class numbers, all ≥ 0 */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Weight of ½‖W‖² beside the summed cross-entropy: 1 / C of scikit-learn; 1 by default. */
  readonly l2?: number;
  /** Where to begin: the solution of nearly the same problem saves most of the work, and changes nothing but that. */
  readonly start?: LinearProbe;
}

/** A fitted multinomial logistic regression. */
export interface LinearProbe {
  readonly classCount: number;
  readonly scaler: StandardScaler;
  /** Classes that the training objects had; the others are never predicted. */
  readonly known: readonly number[];
  /** [classCount × (width + 1)] of standardised inputs, the bias last; zero for classes that are not known */
  readonly weights: Float64Array;
  readonly isConverged: boolean;
  readonly iterations: number;
}

const DEFAULT_L2 = 1;
/** Of the mean loss, scikit-learn's default too: less gains nothing that a figure shows. */
const GRADIENT_MAX = 1e-4;
const ITERATIONS_MAX = 300;

/**
 * Fits a linear probe: standardised inputs, softmax, cross-entropy, L2 on the weights but not on the biases. Everything is
 * computed in float64 and in one order: the same input gives the same probe.
 *
 * @throws RangeError if there is no object
 * @complexity O(iterations · n · width · classes)
 * @source what scikit-learn's LogisticRegression with StandardScaler minimises
 */
export function fitLinearProbe({
  rows,
  labels,
  classCount,
  l2 = DEFAULT_L2,
  start,
}: LinearProbeOptions): LinearProbe {
  const n = rowCount(rows);
  if (n === 0 || n !== labels.length)
    throw new RangeError(
      `Cannot fit a probe on ${n} objects as as many labels, at least one, are needed: current value is ${labels.length}`,
    );
  const scaler = fitScaler(rows);
  const inputs = scaledRows(rows, scaler);
  const known = [...new Set(labels)].sort((a, b) => a - b);
  const place = new Map(known.map((own, i) => [own, i]));
  const targets = labels.map((own) => place.get(own)!);
  const problem = { inputs, targets, classes: known.length, l2: l2 / n };
  const stride = rows.width + 1;
  const first =
    start?.weights.length === classCount * stride
      ? rowsOf(start.weights, stride, known)
      : new Float64Array(known.length * stride);
  const { point, isConverged, iterations } = minimise(
    (weights, gradient) => meanLoss(problem, weights, gradient),
    first,
    { gradientMax: GRADIENT_MAX, iterationsMax: ITERATIONS_MAX },
  );
  const weights = new Float64Array(classCount * stride);
  known.forEach((own, i) => {
    weights.set(point.subarray(i * stride, (i + 1) * stride), own * stride);
  });
  return { classCount, scaler, known, weights, isConverged, iterations };
}

/**
 * Logits of objects.
 *
 * @returns [n × classCount] −Infinity for classes that the probe does not know
 */
export function probeLogits({ classCount, scaler, known, weights }: LinearProbe, rows: Rows): Float64Array {
  const inputs = scaledRows(rows, scaler);
  const n = rowCount(rows);
  const compact = rowsOf(weights, rows.width + 1, known);
  const logits = new Float64Array(n * classCount).fill(-Infinity);
  const block = new Float64Array(BLOCK * known.length);
  for (let row = 0; row < n; row += BLOCK) {
    blockLogits(inputs, row, compact, block);
    for (let lane = 0; lane < Math.min(BLOCK, n - row); lane++)
      known.forEach((own, i) => (logits[(row + lane) * classCount + own] = block[BLOCK * i + lane]!));
  }
  return logits;
}

/** The class with the largest logit; of equal ones the first. */
export function predictedClasses(logits: Float64Array, classCount: number): Int32Array {
  const predicted = new Int32Array(logits.length / classCount);
  for (let row = 0; row < predicted.length; row++) {
    for (let own = 1; own < classCount; own++)
      if (logits[row * classCount + own]! > logits[row * classCount + predicted[row]!]!) predicted[row] = own;
  }
  return predicted;
}

interface Problem {
  readonly inputs: Rows;
  readonly targets: Int32Array;
  readonly classes: number;
  /** Per object. */
  readonly l2: number;
}

/** Rows that pass through the loops below together, so that each weight is read once for all of them. */
const BLOCK = 4;

/** Mean cross-entropy + ½·l2·‖W‖², with its gradient. @param weights [classes × (width + 1)] */
function meanLoss(
  { inputs, targets, classes, l2 }: Problem,
  weights: Float64Array,
  gradient: Float64Array,
): number {
  const n = targets.length;
  const stride = inputs.width + 1;
  gradient.fill(0);
  const block = new Float64Array(BLOCK * classes);
  let loss = 0;
  for (let row = 0; row < n; row += BLOCK) {
    blockLogits(inputs, row, weights, block);
    for (let lane = 0; lane < BLOCK; lane++)
      loss += residualsInPlace(block, lane, targets[row + lane] ?? null);
    addOuterProducts(inputs, row, block, gradient);
  }
  let squares = 0;
  for (let i = 0; i < gradient.length; i++) {
    const isBias = i % stride === stride - 1;
    gradient[i] = gradient[i]! / n + (isBias ? 0 : l2 * weights[i]!);
    if (!isBias) squares += weights[i]! * weights[i]!;
  }
  return loss / n + 0.5 * l2 * squares;
}

/** Fills `block` [classes × BLOCK] with the logits of the rows from `row` on; of rows beyond the last with those of the last. */
function blockLogits({ data, width }: Rows, row: number, weights: Float64Array, block: Float64Array): void {
  const [a, b, c, d] = blockStarts(data.length, width, row);
  for (let own = 0; own < block.length / BLOCK; own++) {
    const base = own * (width + 1);
    let [s, t, u, v] = [0, 0, 0, 0];
    for (let j = 0; j < width; j++) {
      const weight = weights[base + j]!;
      s += weight * data[a + j]!;
      t += weight * data[b + j]!;
      u += weight * data[c + j]!;
      v += weight * data[d + j]!;
    }
    const bias = weights[base + width]!;
    block[own * BLOCK] = s + bias;
    block[own * BLOCK + 1] = t + bias;
    block[own * BLOCK + 2] = u + bias;
    block[own * BLOCK + 3] = v + bias;
  }
}

/** Adds residual × input of a block of rows to the gradient [classes × (width + 1)]. */
function addOuterProducts(
  { data, width }: Rows,
  row: number,
  block: Float64Array,
  gradient: Float64Array,
): void {
  const [a, b, c, d] = blockStarts(data.length, width, row);
  for (let own = 0; own < block.length / BLOCK; own++) {
    const base = own * (width + 1);
    const [s, t, u, v] = [
      block[own * BLOCK]!,
      block[own * BLOCK + 1]!,
      block[own * BLOCK + 2]!,
      block[own * BLOCK + 3]!,
    ];
    for (let j = 0; j < width; j++)
      gradient[base + j] =
        gradient[base + j]! + (s * data[a + j]! + t * data[b + j]! + (u * data[c + j]! + v * data[d + j]!));
    gradient[base + width] = gradient[base + width]! + (s + t + (u + v));
  }
}

/** Where the rows of a block begin; the last row stands in for those beyond it, whose residuals are 0. */
function blockStarts(length: number, width: number, row: number): readonly [number, number, number, number] {
  const last = length - width;
  const start = row * width;
  return [
    start,
    Math.min(last, start + width),
    Math.min(last, start + 2 * width),
    Math.min(last, start + 3 * width),
  ];
}

/**
 * Logits of one row of a block become probabilities minus the target; returns the cross-entropy.
 *
 * @param target `null` for a row beyond the last: its residuals are 0
 */
function residualsInPlace(block: Float64Array, lane: number, target: number | null): number {
  let most = -Infinity;
  for (let i = lane; i < block.length; i += BLOCK) most = Math.max(most, block[i]!);
  const wanted = target === null ? 0 : block[target * BLOCK + lane]!;
  let sum = 0;
  for (let i = lane; i < block.length; i += BLOCK) {
    const power = Math.exp(block[i]! - most);
    block[i] = power;
    sum += power;
  }
  for (let i = lane; i < block.length; i += BLOCK) block[i] = target === null ? 0 : block[i]! / sum;
  if (target === null) return 0;
  block[target * BLOCK + lane] = block[target * BLOCK + lane]! - 1;
  return most + Math.log(sum) - wanted;
}

/** Some rows of a matrix, one after the other. */
function rowsOf(matrix: Float64Array, stride: number, rows: readonly number[]): Float64Array {
  const chosen = new Float64Array(rows.length * stride);
  rows.forEach((row, i) => {
    chosen.set(matrix.subarray(row * stride, (row + 1) * stride), i * stride);
  });
  return chosen;
}
