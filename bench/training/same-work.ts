import type { Figures } from '../rounds.ts';

/** How far what two sides computed may be apart, as a ratio. */
export interface Agreement {
  /** Loss before the first update: the forward pass. */
  readonly firstLoss: number;
  /** Norm of the gradients of the first step: the backward pass. */
  readonly firstNorm: number;
  /** Loss after the first update: the optimiser. */
  readonly secondLoss: number;
}

/**
 * Float32 on both sides, sums in another order. PyTorch's norm of 13 million gradients on a CPU is 4.5e-4 off the one in
 * float64, Nightjar's 2e-7. Adam's first update has the size of the learning rate wherever the gradient has a sign, so that
 * rounding where it is nearly 0 shows in the second loss.
 */
export const FLOAT32_AGREEMENT: Agreement = { firstLoss: 1e-4, firstNorm: 2e-3, secondLoss: 1e-3 };

/**
 * Holds every variant to the number of parameters and the first steps of the first one: else their times would compare
 * different work.
 *
 * @throws Error that names what differs
 */
export function assertSameWork(
  outcome: ReadonlyMap<string, readonly Figures[]>,
  agreementOf: (name: string) => Partial<Agreement>,
): void {
  const reference = [...outcome.values()][0]?.[0];
  for (const [name, rounds] of outcome) {
    const tolerances = Object.entries({ parameters: 0, ...agreementOf(name) });
    for (const figures of rounds) {
      for (const [figure, tolerance] of tolerances) {
        const [own = NaN, other = NaN] = [reference?.[figure], figures[figure]];
        if (Math.abs(own - other) <= tolerance * Math.abs(own)) continue;
        throw new Error(
          `Cannot compare "${name}" as it does other work: current ${figure} is ${other}, not ${own}`,
        );
      }
    }
  }
}
