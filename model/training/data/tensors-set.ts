import { PipelineError } from '../../../core/index.ts';
import { elementCount } from '../../ir/dims.ts';
import { UNLABELLED } from '../../losses/cross-entropy.ts';
import { listNames, tensorText } from '../../releases/tensor-faults.ts';
import type { TensorInfo } from '../../safetensors/header.ts';
import { SafetensorsFile } from '../../safetensors/reader.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import { float32Tensor, int64Tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { LABEL_INPUT, presenceInput } from '../step/contrastive-model.ts';
import type { ModalityRows, TrainingSet } from './training-set.ts';

export interface TensorsSetOptions {
  readonly modalities: readonly ModalityRows[];
  /** Number of classes that labels may name; `null` where labels are not used. */
  readonly classes: number | null;
}

/**
 * A safetensors file as a training set, of which only the rows that are asked for are in memory.
 *
 * Tensors: `in.<input>` float32 [n, …] of each modality, all of them or none: a modality without tensors is absent in all
 * objects; optional `in.present.<modality>` float32 [n], 1 where an object has it and 0 where not, all 1 by default;
 * `in.label` int64 [n], a class or −1, needed where classes are. What stands in the rows of absent objects is not read.
 */
export class TensorsSet implements TrainingSet {
  readonly rows: number;
  readonly present: Readonly<Record<string, readonly boolean[]>>;
  readonly #file: SafetensorsFile;
  readonly #modalities: readonly ModalityRows[];
  readonly #labels: BigInt64Array | null;

  private constructor(
    file: SafetensorsFile,
    parts: Pick<TensorsSet, 'rows' | 'present'> & {
      readonly modalities: readonly ModalityRows[];
      readonly labels: BigInt64Array | null;
    },
  ) {
    this.#file = file;
    this.rows = parts.rows;
    this.present = parts.present;
    this.#modalities = parts.modalities;
    this.#labels = parts.labels;
  }

  /**
   * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE; TENSORS_INVALID if a tensor is missing, or of another type,
   *   shape or range
   */
  static async open(path: string, { modalities, classes }: TensorsSetOptions): Promise<TensorsSet> {
    const file = await SafetensorsFile.open(path);
    try {
      const rows = rowsOf(file, modalities);
      const present: Record<string, readonly boolean[]> = {};
      for (const modality of modalities) present[modality.name] = await presenceOf(file, modality, rows);
      const labels = classes === null ? null : await labelsOf(file, { rows, classes });
      return new TensorsSet(file, { rows, present, modalities, labels });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /**
   * @throws PipelineError TENSORS_INVALID naming tensor and row if a number is not finite or a mask is none; INPUT_UNREADABLE
   */
  async read(indices: readonly number[]): Promise<NamedTensors> {
    const batch: Record<string, Tensor> = {};
    for (const { name, inputs, mask } of this.#modalities) {
      const present = this.present[name] ?? [];
      for (const [input, shape] of Object.entries(inputs))
        batch[input] = await this.#readInput({ input, shape, present, isMask: input === mask }, indices);
      const shown = Float32Array.from(indices, (row) => (present[row] === true ? 1 : 0));
      batch[presenceInput(name)] = float32Tensor(shown, [indices.length]);
    }
    const labels = BigInt64Array.from(indices, (row) => this.#labels?.[row] ?? BigInt(UNLABELLED));
    batch[LABEL_INPUT] = int64Tensor(labels, [indices.length]);
    return batch;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readInput(
    { input, shape, present, isMask }: InputToRead,
    indices: readonly number[],
  ): Promise<Tensor> {
    const width = elementCount(shape);
    const data = new Float32Array(indices.length * width);
    for (const [i, row] of indices.entries()) {
      if (present[row] !== true) continue;
      const { data: values } = await this.#file.readRows(`in.${input}`, row, 1);
      if (!(values instanceof Float32Array && values.every(Number.isFinite)))
        throw unfit(this.#file, `the values of "in.${input}" must be finite: row ${row} has others`);
      if (isMask && !(values.every((value) => value === 0 || value === 1) && values.includes(1)))
        throw unfit(this.#file, `"in.${input}" must be of 0 and 1, with a 1 at least: row ${row} is not`);
      data.set(values, i * width);
    }
    return float32Tensor(data, [indices.length, ...shape]);
  }
}

interface InputToRead {
  readonly input: string;
  readonly shape: readonly number[];
  /** By row. */
  readonly present: readonly boolean[];
  readonly isMask: boolean;
}

/** The number of objects, after all tensors have been found to fit each other. */
function rowsOf(file: SafetensorsFile, modalities: readonly ModalityRows[]): number {
  const names = modalities.flatMap(({ inputs }) => Object.keys(inputs).map((input) => `in.${input}`));
  const first = names.find((name) => file.tensors.has(name));
  if (first === undefined) throw unfit(file, `it has none of ${listNames(names)}`);
  const rows = file.tensors.get(first)?.shape[0] ?? 0;
  if (rows === 0) throw unfit(file, `"${first}" needs at least one row`);
  for (const modality of modalities) {
    if (!hasTensors(file, modality)) continue;
    for (const [input, shape] of Object.entries(modality.inputs))
      requireTensor(file, `in.${input}`, { dtype: 'float32', shape: [rows, ...shape] });
  }
  return rows;
}

function hasTensors(file: SafetensorsFile, { inputs }: ModalityRows): boolean {
  return Object.keys(inputs).some((input) => file.tensors.has(`in.${input}`));
}

async function presenceOf(
  file: SafetensorsFile,
  modality: ModalityRows,
  rows: number,
): Promise<readonly boolean[]> {
  if (!hasTensors(file, modality)) return new Array<boolean>(rows).fill(false);
  const name = `in.${presenceInput(modality.name)}`;
  if (!file.tensors.has(name)) return new Array<boolean>(rows).fill(true);
  requireTensor(file, name, { dtype: 'float32', shape: [rows] });
  const { data } = await file.read(name);
  return Array.from(data as Iterable<number | bigint>, (value, row) => {
    if (value !== 0 && value !== 1)
      throw unfit(file, `"${name}" must be 0 or 1: current value is ${value} in row ${row}`);
    return value === 1;
  });
}

async function labelsOf(
  file: SafetensorsFile,
  { rows, classes }: { readonly rows: number; readonly classes: number },
): Promise<BigInt64Array> {
  const name = `in.${LABEL_INPUT}`;
  requireTensor(file, name, { dtype: 'int64', shape: [rows] });
  const { data } = await file.read(name);
  if (!(data instanceof BigInt64Array)) throw new TypeError(`Cannot read "${name}" as it is not int64`);
  const row = data.findIndex((label) => label < BigInt(UNLABELLED) || label >= BigInt(classes));
  if (row >= 0)
    throw unfit(
      file,
      `"${name}" must be ${UNLABELLED} to ${classes - 1}: current value is ${data[row]!} in row ${row}`,
    );
  return data;
}

function requireTensor(file: SafetensorsFile, name: string, wanted: TensorInfo): void {
  const found = file.tensors.get(name);
  const current = found === undefined ? 'none' : tensorText(found);
  if (current !== tensorText(wanted))
    throw unfit(file, `"${name}" must be ${tensorText(wanted)}: current value is ${current}`);
}

function unfit(file: SafetensorsFile, why: string): PipelineError {
  return new PipelineError('TENSORS_INVALID', `Cannot train on "${file.file}" as ${why}`);
}
