import type { Random } from '../../core/index.ts';

/**
 * A damped random walk (Ornstein–Uhlenbeck process) of zero mean and unit variance, drawn exactly on a regular grid of
 * epochs and linear between them: covariance e^{−|Δt|/τ} between grid epochs.
 *
 * @source Kelly et al. 2009, doi:10.1088/0004-637X/698/1/895
 */
export class DampedRandomWalk {
  readonly #startMjdTai: number;
  readonly #stepDays: number;
  readonly #values: Float64Array;

  constructor(
    random: Random,
    options: {
      /** Damping time, days, > 0. */
      readonly timescaleDays: number;
      readonly startMjdTai: number;
      readonly endMjdTai: number;
      readonly stepDays: number;
    },
  ) {
    const { timescaleDays, startMjdTai, endMjdTai, stepDays } = options;
    this.#startMjdTai = startMjdTai;
    this.#stepDays = stepDays;
    const count = Math.ceil((endMjdTai - startMjdTai) / stepDays) + 2;
    const correlation = Math.exp(-stepDays / timescaleDays);
    const innovation = Math.sqrt(1 - correlation * correlation);
    this.#values = new Float64Array(count);
    let value = random.normal();
    for (let i = 0; i < count; i++) {
      this.#values[i] = value;
      value = correlation * value + innovation * random.normal();
    }
  }

  /** Value at an instant; beyond the epochs that it was drawn for, the value at the nearest one. */
  at(mjdTai: number): number {
    const last = this.#values.length - 1;
    const position = Math.min(last, Math.max(0, (mjdTai - this.#startMjdTai) / this.#stepDays));
    const i = Math.min(last - 1, Math.floor(position));
    const [below, above] = [this.#values[i] ?? 0, this.#values[i + 1] ?? 0];
    return below + (above - below) * (position - i);
  }
}
