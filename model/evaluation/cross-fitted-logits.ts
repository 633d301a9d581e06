import { fitLinearProbe, probeLogits, type LinearProbe } from './linear-probe.ts';
import { pickRows, type Rows } from './rows.ts';

export interface CrossFitOptions {
  /** [n × width] */
  readonly rows: Rows;
  /** [n] */
  readonly labels: Int32Array;
  readonly classCount: number;
  /** Fitted on all rows: the fits of the folds begin from it. */
  readonly probe: LinearProbe;
  /** [n] order in which objects are dealt into folds, class by class: a permutation of 0 … n − 1 */
  readonly order: Int32Array;
}

const FOLDS = 5;

/**
 * Logits of training objects from probes that were not fitted on them: those of known objects as a probe sees new ones of
 * their kind.
 *
 * @returns [n × classCount]
 */
export function crossFittedLogits({ rows, labels, classCount, probe, order }: CrossFitOptions): Float64Array {
  const dealt = new Int32Array(classCount);
  const foldOf = new Uint8Array(labels.length);
  for (const row of order) {
    const own = labels[row]!;
    foldOf[row] = dealt[own]! % FOLDS;
    dealt[own] = dealt[own]! + 1;
  }
  const logits = new Float64Array(labels.length * classCount);
  const all = Int32Array.from(labels.keys());
  for (let fold = 0; fold < FOLDS; fold++) {
    const inside = all.filter((row) => foldOf[row] === fold);
    const outside = all.filter((row) => foldOf[row] !== fold);
    // With as few objects as that, the probe of all has to do.
    const own =
      outside.length === 0
        ? probe
        : fitLinearProbe({
            rows: pickRows(rows, outside),
            labels: outside.map((row) => labels[row]!),
            classCount,
            start: probe,
          });
    const found = probeLogits(own, pickRows(rows, inside));
    inside.forEach((row, i) => {
      logits.set(found.subarray(i * classCount, (i + 1) * classCount), row * classCount);
    });
  }
  return logits;
}
