/** The turn's word while nobody has it; the id of a thread otherwise, which is 1 or more in a worker. */
const NOBODY = 0;

/**
 * The WebGPU turn of a process, for its workers: two threads in that library at a time end the process. It is made in the
 * main thread, one for all pools, since all their sessions share one device.
 */
export const PROCESS_TURN: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(4));

/** Gives back what a thread that is gone may have held. @param thread its id */
export function releaseTurnOf(turn: Int32Array<SharedArrayBuffer>, thread: number): void {
  if (Atomics.compareExchange(turn, 0, thread, NOBODY) === thread) Atomics.notify(turn, 0, 1);
}

/**
 * One thread's view of a turn: work that must not meet other work of the process on the GPU.
 *
 * @source seen with onnxruntime-node 1.30: two workers with sessions of their own on `webgpu` end in an abort or a
 *   segmentation fault within seconds, and run for as long as one likes when they take turns
 */
export class GpuTurn {
  readonly #turn: Int32Array<SharedArrayBuffer>;
  readonly #thread: number;
  #last: Promise<unknown> = Promise.resolve();

  /** @param thread the calling thread's id, 1 or more */
  constructor(turn: Int32Array<SharedArrayBuffer>, thread: number) {
    this.#turn = turn;
    this.#thread = thread;
  }

  /** Does work when it is this thread's turn; the thread is blocked until then, as it is by the work itself. */
  take<T>(work: () => Promise<T>): Promise<T> {
    // In order within the thread first: a thread that waited for itself would wait for ever.
    const result = this.#last.then(() => this.#alone(work));
    this.#last = result.catch(() => null);
    return result;
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const holder = Atomics.compareExchange(this.#turn, 0, NOBODY, this.#thread);
      if (holder === NOBODY) break;
      Atomics.wait(this.#turn, 0, holder);
    }
    try {
      return await work();
    } finally {
      releaseTurnOf(this.#turn, this.#thread);
    }
  }
}
