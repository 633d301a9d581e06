import { PipelineError, Random } from '../../../core/index.ts';
import { elementCount } from '../../ir/dims.ts';
import { UNLABELLED } from '../../losses/cross-entropy.ts';
import { listNames, tensorText } from '../../releases/tensor-faults.ts';
import type { TensorInfo } from '../../safetensors/header.ts';
import { SafetensorsFile } from '../../safetensors/reader.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import { float32Tensor, int64Tensor } from '../../tensor.ts';
import type { Tensor } from '../../tensor.ts';
import { LABEL_INPUT, presenceInput } from '../step/contrastive-model.ts';
import { encodedWidth, inputQuantiles, quantileEncoded } from '../../quantile-encoding.ts';
import type { InputQuantiles } from '../../quantile-encoding.ts';
import type { ModalityRows, StatisticsByInput, TrainingSet } from './training-set.ts';

/** Objects that quantiles are taken of at most. */
const STATISTICS_ROWS_MAX = 20_000;

export interface TensorsSetOptions {
  readonly modalities: readonly ModalityRows[];
  /** Number of classes that labels may name; `null` where labels are not used. */
  readonly classes: number | null;
  /** For the inputs that are encoded by quantiles when they are read. */
  readonly statistics?: StatisticsByInput;
}

/**
 * A safetensors file as a training set, of which only the rows that are asked for are in memory.
 *
 * Tensors: `in.<input>` float32 [n, …] of each modality, all of them or none: a modality without tensors is absent in all
 * objects, with `raw.<input>` float32 [n, width] instead for an input that is encoded by quantiles when it is read; optional
 * `in.present.<modality>` float32 [n], 1 where an object has it and 0 where not, all 1 by default;
 * `in.label` int64 [n], a class or −1, needed where classes are. What stands in the rows of absent objects is not read.
 */
export class TensorsSet implements TrainingSet {
  readonly rows: number;
  readonly present: Readonly<Record<string, readonly boolean[]>>;
  readonly #file: SafetensorsFile;
  readonly #modalities: readonly ModalityRows[];
  readonly #labels: BigInt64Array | null;
  readonly #statistics: StatisticsByInput;

  private constructor(
    file: SafetensorsFile,
    parts: Pick<TensorsSet, 'rows' | 'present'> &
      Required<Pick<TensorsSetOptions, 'modalities' | 'statistics'>> & {
        readonly labels: BigInt64Array | null;
      },
  ) {
    this.#file = file;
    this.rows = parts.rows;
    this.present = parts.present;
    this.#modalities = parts.modalities;
    this.#labels = parts.labels;
    this.#statistics = parts.statistics;
  }

  /**
   * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE; TENSORS_INVALID if a tensor is missing, or of another type,
   *   shape or range
   */
  static async open(
    path: string,
    { modalities, classes, statistics = {} }: TensorsSetOptions,
  ): Promise<TensorsSet> {
    const file = await SafetensorsFile.open(path);
    try {
      const rows = rowsOf(file, modalities);
      const present: Record<string, readonly boolean[]> = {};
      for (const modality of modalities) present[modality.name] = await presenceOf(file, modality, rows);
      const labels = classes === null ? null : await labelsOf(file, { rows, classes });
      return new TensorsSet(file, { rows, present, modalities, labels, statistics });
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
    for (const modality of this.#modalities) {
      const { name, inputs, mask } = modality;
      const present = this.present[name] ?? [];
      for (const [input, shape] of Object.entries(inputs))
        batch[input] = isEncoded(modality, input)
          ? await this.#readEncoded({ input, shape, present }, indices)
          : await this.#readInput({ input, shape, present, isMask: input === mask }, indices);
      const shown = Float32Array.from(indices, (row) => (present[row] === true ? 1 : 0));
      batch[presenceInput(name)] = float32Tensor(shown, [indices.length]);
    }
    const labels = BigInt64Array.from(indices, (row) => this.#labels?.[row] ?? BigInt(UNLABELLED));
    batch[LABEL_INPUT] = int64Tensor(labels, [indices.length]);
    return batch;
  }

  /**
   * Quantiles of an input's stored values over the objects that have its modality, or over a random part of them where
   * they are too many for memory.
   *
   * @param indices numbers of objects
   */
  async statisticsOf(input: string, indices: readonly number[]): Promise<InputQuantiles> {
    const modality = this.#modalities.find((candidate) => isEncoded(candidate, input));
    if (modality === undefined)
      throw new TypeError(`Cannot take statistics of "${input}" as it is not encoded when it is read`);
    const width = storedShape(modality, input).reduce((product, size) => product * size, 1);
    const present = this.present[modality.name] ?? [];
    const known = indices.filter((row) => present[row] === true);
    const rows: Float32Array[] = [];
    const drawn =
      known.length <= STATISTICS_ROWS_MAX ? known : Random.forPurpose(0, 'quantiles').shuffled(known);
    for (const row of drawn.slice(0, STATISTICS_ROWS_MAX)) rows.push(await this.#readStored(input, row));
    return inputQuantiles(rows, width);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readStored(input: string, row: number): Promise<Float32Array> {
    const { data } = await this.#file.readRows(rawTensor(input), row, 1);
    if (!(data instanceof Float32Array)) throw new TypeError(`Cannot read "${rawTensor(input)}" as float32`);
    if (!data.every((value) => Number.isFinite(value) || Number.isNaN(value)))
      throw unfit(
        this.#file,
        `the values of "${rawTensor(input)}" must be finite or NaN: row ${row} has others`,
      );
    return data;
  }

  async #readEncoded(
    { input, shape, present }: Omit<InputToRead, 'isMask'>,
    indices: readonly number[],
  ): Promise<Tensor> {
    const statistics = this.#statistics[input];
    if (statistics === undefined)
      throw new TypeError(`Cannot read "${input}" as its statistics are not known`);
    const width = elementCount(shape);
    const data = new Float32Array(indices.length * width);
    for (const [i, row] of indices.entries())
      if (present[row] === true)
        data.set(quantileEncoded(await this.#readStored(input, row), statistics), i * width);
    return float32Tensor(data, [indices.length, ...shape]);
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
  const names = modalities.flatMap((modality) =>
    Object.keys(modality.inputs).map((input) => tensorName(modality, input)),
  );
  const first = names.find((name) => file.tensors.has(name));
  if (first === undefined) throw unfit(file, `it has none of ${listNames(names)}`);
  const rows = file.tensors.get(first)?.shape[0] ?? 0;
  if (rows === 0) throw unfit(file, `"${first}" needs at least one row`);
  for (const modality of modalities) {
    if (!hasTensors(file, modality)) continue;
    for (const input of Object.keys(modality.inputs))
      requireTensor(file, tensorName(modality, input), {
        dtype: 'float32',
        shape: [rows, ...storedShape(modality, input)],
      });
  }
  return rows;
}

function hasTensors(file: SafetensorsFile, modality: ModalityRows): boolean {
  return Object.keys(modality.inputs).some((input) => file.tensors.has(tensorName(modality, input)));
}

function isEncoded({ quantileEncoded: names = [] }: ModalityRows, input: string): boolean {
  return names.includes(input);
}

/** Name of the tensor that holds an input of a modality. */
export function tensorName(modality: ModalityRows, input: string): string {
  return isEncoded(modality, input) ? rawTensor(input) : `in.${input}`;
}

function rawTensor(input: string): string {
  return `raw.${input}`;
}

/** Shape of one object's row as it is stored: without ramps and flags, where those are made when it is read. */
export function storedShape(modality: ModalityRows, input: string): readonly number[] {
  const shape = modality.inputs[input];
  if (shape === undefined)
    throw new TypeError(`Cannot store "${input}" as ${modality.name} has no such input`);
  return isEncoded(modality, input) ? [elementCount(shape) / encodedWidth(1)] : shape;
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
