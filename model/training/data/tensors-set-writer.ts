import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { outputFailure } from '../../../core/index.ts';
import { writeDurably } from '../../durable-file.ts';
import { bytesOf, littleEndianBytes, swapOnBigEndian } from '../../endian.ts';
import { elementCount } from '../../ir/dims.ts';
import { UNLABELLED } from '../../losses/cross-entropy.ts';
import type { TensorInfo } from '../../safetensors/header.ts';
import { SafetensorsWriter } from '../../safetensors/writer.ts';
import { float32Tensor, int64Tensor } from '../../tensor.ts';
import { LABEL_INPUT, presenceInput } from '../step/contrastive-model.ts';
import { classesOf, objectIndexFile } from './object-index.ts';
import type { IndexedObject } from './object-index.ts';
import { storedShape, tensorName } from './tensors-set.ts';
import type { ModalityRows } from './training-set.ts';

/** One object as a row of a file of tensors. */
export interface StoredObject extends IndexedObject {
  /** What each input is, by name; a modality whose inputs are not there is absent. */
  readonly inputs: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

/** Bytes of rows that are copied at a time. */
const COPY_BYTES = 4 << 20;
const FLOAT_BYTES = 4;

interface Spool {
  readonly name: string;
  readonly input: string;
  readonly shape: readonly number[];
  readonly file: string;
  readonly handle: FileHandle;
}

/**
 * Writes objects that come one by one, any number of them, as the file that `TensorsSet` reads, with their index beside
 * it. Rows go to a file for each tensor first, since a tensor lies in one piece; memory does not grow with them but for the
 * index.
 */
export class TensorsSetWriter {
  readonly #file: string;
  readonly #modalities: readonly ModalityRows[];
  readonly #spools: readonly Spool[];
  readonly #objects: IndexedObject[] = [];
  readonly #present: boolean[][] = [];

  private constructor(file: string, modalities: readonly ModalityRows[], spools: readonly Spool[]) {
    this.#file = file;
    this.#modalities = modalities;
    this.#spools = spools;
  }

  /** @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE */
  static async create(file: string, modalities: readonly ModalityRows[]): Promise<TensorsSetWriter> {
    const spools: Spool[] = [];
    try {
      for (const modality of modalities)
        for (const input of Object.keys(modality.inputs)) {
          const name = tensorName(modality, input);
          const spool = `${file}.${name}.partial`;
          const handle = await open(spool, 'w+');
          spools.push({ name, input, shape: storedShape(modality, input), file: spool, handle });
        }
    } catch (cause) {
      await discarded(spools);
      throw outputFailure(cause, file);
    }
    return new TensorsSetWriter(file, modalities, spools);
  }

  /** Objects so far. */
  get rows(): number {
    return this.#objects.length;
  }

  /** @throws PipelineError OUTPUT_NO_SPACE, OUTPUT_UNUSABLE */
  async append({ inputs, ...object }: StoredObject): Promise<void> {
    try {
      for (const { input, shape, handle, name } of this.#spools) {
        const width = elementCount(shape);
        const values = inputs[input] ?? new Float32Array(width);
        if (values.length !== width)
          throw new RangeError(
            `Cannot store "${name}" as a row must have ${width} values: current value is ${values.length}`,
          );
        await handle.write(littleEndianBytes(values, FLOAT_BYTES));
      }
    } catch (cause) {
      throw outputFailure(cause, this.#file);
    }
    this.#objects.push(object);
    this.#present.push(
      this.#modalities.map((modality) => Object.keys(modality.inputs).every((name) => name in inputs)),
    );
  }

  /**
   * Puts the file and its index together. At least one object must have come.
   *
   * @param classes names that labels number; those of the objects by default. An object of another class has no label
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  async finish(classes: readonly string[] = classesOf(this.#objects)): Promise<void> {
    const rows = this.#objects.length;
    const infos = new Map<string, TensorInfo>(
      this.#spools.map(({ name, shape }) => [name, { dtype: 'float32', shape: [rows, ...shape] }]),
    );
    const presence = this.#modalities.map(({ name }) => `in.${presenceInput(name)}`);
    for (const name of presence) infos.set(name, { dtype: 'float32', shape: [rows] });
    infos.set(`in.${LABEL_INPUT}`, { dtype: 'int64', shape: [rows] });
    const writer = await SafetensorsWriter.create(this.#file, infos);
    try {
      for (const spool of this.#spools) await copyRows(spool, writer, rows);
      for (const [m, name] of presence.entries())
        await writer.writeRows(
          name,
          0,
          float32Tensor(
            Float32Array.from(this.#present, (shown) => Number(shown[m])),
            [rows],
          ),
        );
      const numberOf = new Map(classes.map((name, i) => [name, BigInt(i)]));
      const labels = BigInt64Array.from(
        this.#objects,
        ({ className }) => numberOf.get(className ?? '') ?? BigInt(UNLABELLED),
      );
      await writer.writeRows(`in.${LABEL_INPUT}`, 0, int64Tensor(labels, [rows]));
      await writeDurably(
        objectIndexFile(this.#file),
        this.#objects.map((object) => `${JSON.stringify(object)}\n`).join(''),
      );
      await writer.finish();
    } catch (cause) {
      await writer.discard();
      throw outputFailure(cause, this.#file);
    } finally {
      await this.discard();
    }
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await discarded(this.#spools);
  }
}

async function copyRows(
  { name, shape, handle }: Spool,
  writer: SafetensorsWriter,
  rows: number,
): Promise<void> {
  const width = elementCount(shape);
  const rowsMax = Math.max(1, Math.floor(COPY_BYTES / (width * FLOAT_BYTES)));
  for (let first = 0; first < rows; first += rowsMax) {
    const count = Math.min(rowsMax, rows - first);
    const rowsData = new Float32Array(count * width);
    const bytes = bytesOf(rowsData);
    await handle.read(bytes, 0, bytes.length, first * width * FLOAT_BYTES);
    swapOnBigEndian(bytes, FLOAT_BYTES);
    await writer.writeRows(name, first, float32Tensor(rowsData, [count, ...shape]));
  }
}

async function discarded(spools: readonly Spool[]): Promise<void> {
  for (const { handle, file } of spools) {
    await handle.close().catch(() => undefined);
    await rm(file, { force: true });
  }
}
