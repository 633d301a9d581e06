/** Which parts of the service are at work: what `/ready` answers with. */
export class Readiness {
  /** Why a part is not at work, by its name. */
  readonly #missing = new Map<string, string>();

  /** @param parts names of all parts, none of which is at work yet */
  constructor(parts: readonly string[]) {
    for (const part of parts) this.#missing.set(part, 'is not at work yet');
  }

  /** A part is at work. */
  has(part: string): void {
    this.#missing.delete(part);
  }

  /** A part is not at work, or no longer. */
  lacks(part: string, why: string): void {
    this.#missing.set(part, why);
  }

  /** One sentence for each part that is not at work; none if the service is ready. */
  get reasons(): readonly string[] {
    return [...this.#missing].map(([part, why]) => `${part} ${why}`);
  }
}
