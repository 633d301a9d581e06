/** What has been opened, to be closed the other way round. */
export class Closers {
  readonly #parts: { close(): Promise<void> }[] = [];

  add<T extends { close(): Promise<void> }>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  async close(): Promise<void> {
    for (const part of this.#parts.reverse()) await part.close();
  }
}
