/** A point of a curve: a loss, and how many steps it is the mean of. */
export interface LossPoint {
  /** In the middle of the steps. */
  readonly step: number;
  readonly loss: number;
  readonly steps: number;
}

/** Points kept of a curve: more than a picture has pixels across. */
const POINTS_MAX = 1024;

/** A loss over the steps of a training of any length: where points get too many, each two become their mean. */
export class LossSeries {
  #points: LossPoint[] = [];
  /** Losses in a point, and those of the point under way. */
  #size = 1;
  #open: { readonly step: number; readonly loss: number }[] = [];

  add(step: number, loss: number): void {
    this.#open.push({ step, loss });
    if (this.#open.length < this.#size) return;
    this.#points.push(meanOf(this.#open.map((point) => ({ ...point, steps: 1 }))));
    this.#open = [];
    if (this.#points.length < POINTS_MAX) return;
    this.#size *= 2;
    this.#points = Array.from({ length: POINTS_MAX / 2 }, (_, i) =>
      meanOf(this.#points.slice(2 * i, 2 * i + 2)),
    );
  }

  /** In order of steps. */
  get points(): readonly LossPoint[] {
    const open = this.#open.map((point) => ({ ...point, steps: 1 }));
    return open.length === 0 ? this.#points : [...this.#points, meanOf(open)];
  }
}

function meanOf(points: readonly LossPoint[]): LossPoint {
  const steps = points.reduce((sum, point) => sum + point.steps, 0);
  const mean = (of: (point: LossPoint) => number): number =>
    points.reduce((sum, point) => sum + of(point) * point.steps, 0) / steps;
  return { step: mean(({ step }) => step), loss: mean(({ loss }) => loss), steps };
}
