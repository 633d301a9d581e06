import type { NamedTensors } from '../../sessions/runtime.ts';
import { augmentBatch } from '../augmentation/augment-batch.ts';
import { epochOrder, rowsOfBatch } from './batch-order.ts';
import { viewInput } from '../step/contrastive-model.ts';
import { drawDropoutMasks } from './dropout-masks.ts';
import { ResampledCurves } from './resampled-curves.ts';
import { TensorsSet } from './tensors-set.ts';
import type { BatchPlan, BatchRequest } from './batch-plan.ts';

type RequestOf<U extends BatchRequest['use']> = Extract<BatchRequest, { readonly use: U }>;

interface Closing {
  close(): Promise<void>;
}

interface BatchSets {
  readonly training: TensorsSet;
  readonly validation: TensorsSet;
  readonly resampled: ResampledCurves | null;
  /** All that is to be closed, each once. */
  readonly opened: readonly Closing[];
}

/** Makes the batches of a plan: reads, augments, and draws masks. */
export class BatchMaker {
  readonly #plan: BatchPlan;
  readonly #training: TensorsSet;
  readonly #validation: TensorsSet;
  readonly #resampled: ResampledCurves | null;
  readonly #opened: readonly Closing[];
  /** The last epoch's order, which its batches share. */
  #order: { readonly epoch: number; readonly rows: readonly number[] } = { epoch: -1, rows: [] };

  private constructor(plan: BatchPlan, sets: BatchSets) {
    this.#plan = plan;
    this.#training = sets.training;
    this.#validation = sets.validation;
    this.#resampled = sets.resampled;
    this.#opened = sets.opened;
  }

  /** @throws PipelineError as `TensorsSet.open()` and `ResampledCurves.open()` */
  static async open(plan: BatchPlan): Promise<BatchMaker> {
    const { files, set, resampled } = plan;
    const opened: Closing[] = [];
    const kept = <T extends Closing>(file: T): T => {
      opened.push(file);
      return file;
    };
    try {
      const training = kept(await TensorsSet.open(files.training, set));
      const validation =
        files.validation === null ? training : kept(await TensorsSet.open(files.validation, set));
      const curves =
        resampled === null ? null : kept(await ResampledCurves.open(resampled, set, training.rows));
      return new BatchMaker(plan, { training, validation, resampled: curves, opened });
    } catch (error) {
      await Promise.all(opened.map((file) => file.close()));
      throw error;
    }
  }

  /**
   * @returns every input of a batch by name, masks included
   * @throws PipelineError TENSORS_INVALID, INPUT_UNREADABLE
   */
  make(request: BatchRequest): Promise<NamedTensors> {
    return request.use === 'training' ? this.#makeTraining(request) : this.#makeValidation(request);
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((file) => file.close()));
  }

  async #makeTraining({ epoch, index, step }: RequestOf<'training'>): Promise<NamedTensors> {
    const { seed, batch, augmentation, augmented, dropoutSites } = this.#plan;
    const rows = rowsOfBatch(this.#orderOf(epoch), batch, index);
    const read = await this.#training.read(rows);
    const options = { config: augmentation, inputs: augmented, seed, epoch, rows };
    const viewed = async (view: string): Promise<NamedTensors> =>
      augmentBatch((await this.#resampled?.drawn(read, { rows, seed, epoch, view })) ?? read, options, view);
    const feeds = this.#chosen(await viewed('first'), this.#hasViews() ? await viewed('second') : {});
    return { ...feeds, ...drawDropoutMasks(dropoutSites, { seed, step }) };
  }

  async #makeValidation({ index }: RequestOf<'validation'>): Promise<NamedTensors> {
    const { validationRows, validationBatch } = this.#plan;
    const rows = rowsOfBatch(validationRows, validationBatch, index);
    const read = await this.#validation.read(rows);
    return this.#chosen(read, read);
  }

  #orderOf(epoch: number): readonly number[] {
    const { seed, trainingRows } = this.#plan;
    if (this.#order.epoch !== epoch) this.#order = { epoch, rows: epochOrder(trainingRows, { seed, epoch }) };
    return this.#order.rows;
  }

  #hasViews(): boolean {
    return this.#plan.inputs.some((name) => name.startsWith(viewInput('')));
  }

  /** The inputs that the graph takes, each with a buffer of its own. */
  #chosen(first: NamedTensors, second: NamedTensors): NamedTensors {
    const prefix = viewInput('');
    const seen = new Set<ArrayBuffer>();
    return Object.fromEntries(
      this.#plan.inputs.map((name) => {
        const tensor = name.startsWith(prefix) ? second[name.slice(prefix.length)] : first[name];
        if (tensor === undefined)
          throw new TypeError(`Cannot make a batch as the data have no input "${name}"`);
        const isShared = seen.has(tensor.data.buffer);
        seen.add(tensor.data.buffer);
        return [name, isShared ? ({ ...tensor, data: tensor.data.slice() } as typeof tensor) : tensor];
      }),
    );
  }
}
