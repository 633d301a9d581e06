import { availableParallelism } from 'node:os';
import type { Device } from '../../core/index.ts';
import { PROCESS_TURN } from './gpu-turn.ts';
import { buffersOf } from './protocol.ts';
import type { WorkerOptions } from './protocol.ts';
import type { NamedTensors } from './runtime.ts';
import { declineRuntimeTelemetry } from './runtime-telemetry.ts';
import type { MetricValues, StepOutcome, TrainingPrograms, TrainingRequest } from './training-protocol.ts';
import { WorkerHandle, workerModule } from './worker-handle.ts';

export interface TrainingSessionOptions {
  readonly device: Device;
  /** Threads of one operator; all cores by default. The same number gives the same bits on a CPU. */
  readonly threads?: number;
}

/**
 * A training under way in a thread of its own, which holds parameters and optimiser state.
 *
 * @example
 * const session = await TrainingSession.open({ step, evaluation: null, constants: {} }, { state, device: 'cpu' });
 * const { metrics, isTaken } = await session.step(feeds);
 * await session.close();
 */
export class TrainingSession {
  readonly #worker: WorkerHandle<TrainingRequest>;

  private constructor(worker: WorkerHandle<TrainingRequest>) {
    this.#worker = worker;
  }

  /**
   * @param options.state every tensor of the step's state, copied
   * @throws PipelineError INFERENCE_FAILED if the runtime refuses a graph, or the state does not fit
   */
  static async open(
    programs: TrainingPrograms,
    {
      state,
      device,
      threads = availableParallelism(),
    }: TrainingSessionOptions & { readonly state: NamedTensors },
  ): Promise<TrainingSession> {
    declineRuntimeTelemetry();
    const worker = new WorkerHandle<TrainingRequest>({
      module: workerModule(import.meta.url, './training-worker'),
      data: { device, intraOpThreads: threads, turn: PROCESS_TURN } satisfies WorkerOptions,
      name: 'a training worker',
    });
    try {
      await worker.call({ kind: 'open', programs, state }, 'open a training');
      return new TrainingSession(worker);
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /**
   * Does one step. Where a metric is not finite, the state stays as it was and the outcome says so.
   *
   * @param feeds every input but state and constants; their buffers are handed over
   * @throws PipelineError INFERENCE_FAILED
   */
  async step(feeds: NamedTensors): Promise<StepOutcome> {
    const outcome = await this.#worker.call({ kind: 'step', feeds }, 'do a training step', buffersOf(feeds));
    return outcome as StepOutcome;
  }

  /**
   * The metrics of some objects under the state as it is.
   *
   * @param feeds as for `step`
   * @throws PipelineError INFERENCE_FAILED
   */
  async evaluate(feeds: NamedTensors): Promise<MetricValues> {
    const metrics = await this.#worker.call({ kind: 'evaluate', feeds }, 'evaluate', buffersOf(feeds));
    return metrics as MetricValues;
  }

  /** Copies of all state, by name. */
  async readState(): Promise<NamedTensors> {
    return (await this.#worker.call({ kind: 'readState' }, 'read the training state')) as NamedTensors;
  }

  /** Replaces all state, which is copied. */
  async writeState(state: NamedTensors): Promise<void> {
    await this.#worker.call({ kind: 'writeState', state }, 'replace the training state');
  }

  /** Ends the thread after what it was asked before. */
  close(): Promise<void> {
    return this.#worker.close();
  }
}
