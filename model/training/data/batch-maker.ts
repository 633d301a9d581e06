import type { NamedTensors } from '../../sessions/runtime.ts';
import { augmentBatch } from '../augmentation/augment-batch.ts';
import { epochOrder, rowsOfBatch } from './batch-order.ts';
import { viewInput } from '../step/contrastive-model.ts';
import { drawDropoutMasks } from './dropout-masks.ts';
import { TensorsSet } from './tensors-set.ts';
import type { BatchPlan, BatchRequest } from './batch-plan.ts';

type RequestOf<U extends BatchRequest['use']> = Extract<BatchRequest, { readonly use: U }>;

/** Makes the batches of a plan: reads, augments, and draws masks. */
export class BatchMaker {
  readonly #plan: BatchPlan;
  readonly #training: TensorsSet;
  readonly #validation: TensorsSet;
  /** The last epoch's order, which its batches share. */
  #order: { readonly epoch: number; readonly rows: readonly number[] } = { epoch: -1, rows: [] };

  private constructor(
    plan: BatchPlan,
    sets: { readonly training: TensorsSet; readonly validation: TensorsSet },
  ) {
    this.#plan = plan;
    this.#training = sets.training;
    this.#validation = sets.validation;
  }

  /** @throws PipelineError as `TensorsSet.open()` */
  static async open(plan: BatchPlan): Promise<BatchMaker> {
    const training = await TensorsSet.open(plan.files.training, plan.set);
    if (plan.files.validation === null) return new BatchMaker(plan, { training, validation: training });
    try {
      const validation = await TensorsSet.open(plan.files.validation, plan.set);
      return new BatchMaker(plan, { training, validation });
    } catch (error) {
      await training.close();
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
    await this.#training.close();
    if (this.#validation !== this.#training) await this.#validation.close();
  }

  async #makeTraining({ epoch, index, step }: RequestOf<'training'>): Promise<NamedTensors> {
    const { seed, batch, augmentation, augmented, dropoutSites } = this.#plan;
    const rows = rowsOfBatch(this.#orderOf(epoch), batch, index);
    const read = await this.#training.read(rows);
    const options = { config: augmentation, inputs: augmented, seed, epoch, rows };
    const feeds = this.#chosen(augmentBatch(read, options, 'first'), () =>
      augmentBatch(read, options, 'second'),
    );
    return { ...feeds, ...drawDropoutMasks(dropoutSites, { seed, step }) };
  }

  async #makeValidation({ index }: RequestOf<'validation'>): Promise<NamedTensors> {
    const { validationRows, validationBatch } = this.#plan;
    const rows = rowsOfBatch(validationRows, validationBatch, index);
    const read = await this.#validation.read(rows);
    return this.#chosen(read, () => read);
  }

  #orderOf(epoch: number): readonly number[] {
    const { seed, trainingRows } = this.#plan;
    if (this.#order.epoch !== epoch) this.#order = { epoch, rows: epochOrder(trainingRows, { seed, epoch }) };
    return this.#order.rows;
  }

  /** The inputs that the graph takes, each with a buffer of its own. */
  #chosen(first: NamedTensors, makeSecond: () => NamedTensors): NamedTensors {
    const prefix = viewInput('');
    const hasViews = this.#plan.inputs.some((name) => name.startsWith(prefix));
    const second = hasViews ? makeSecond() : {};
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
