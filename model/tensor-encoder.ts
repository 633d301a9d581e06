import { PipelineError } from '../core/index.ts';
import type { Graph } from './ir/types.ts';
import { isFiniteTensor, listNames, tensorText } from './releases/tensor-faults.ts';
import type { SafetensorsFile } from './safetensors/reader.ts';
import type { NamedTensors } from './sessions/runtime.ts';
import type { Tensor } from './tensor.ts';

/** One encoder of a release, as the rows of a file of tensors go through it. */
export interface TensorEncoder {
  /** Name that it is loaded under. */
  readonly model: string;
  readonly graph: Graph;
  /** Output of the graph, [rows, dimensions], that becomes `output`. */
  readonly result: string;
  /** Tensor of the output file. */
  readonly output: string;
  /**
   * Shape of one row of each tensor that it is fed, all float32, by name without `in.`. Where a file lacks the first, the
   * modality is left out.
   */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Fed with every batch as they are. */
  readonly constants?: NamedTensors;
  /** What is wrong with a batch of rows, in a clause; `null` if nothing is. */
  readonly faultOf?: (feeds: NamedTensors) => string | null;
}

/** What a profile says of embedding a file of tensors. */
export interface TensorEncoders {
  /** Of every modality. */
  readonly encoders: readonly TensorEncoder[];
  /** Length of an embedding. */
  readonly dimensions: number;
  /** Rows of one batch. */
  readonly batchRows: number;
}

export interface Rows {
  readonly first: number;
  readonly count: number;
}

/**
 * The encoders whose inputs a file has, after its tensors have been found to fit them and each other.
 *
 * @throws PipelineError TENSORS_INVALID
 */
export function encodersFor(
  input: SafetensorsFile,
  all: readonly TensorEncoder[],
): { readonly rows: number; readonly encoders: readonly TensorEncoder[] } {
  const encoders = all.filter((encoder) => input.tensors.has(leadingTensor(encoder)));
  const [first] = encoders;
  if (first === undefined) throw unfit(input, `it has none of ${listNames(all.map(leadingTensor))}`);
  const rows = input.tensors.get(leadingTensor(first))?.shape[0] ?? 0;
  if (rows === 0) throw unfit(input, `"${leadingTensor(first)}" needs at least one row`);
  for (const { inputs } of encoders) {
    for (const [name, shape] of Object.entries(inputs))
      requireTensor(input, `in.${name}`, tensorText({ dtype: 'float32', shape: [rows, ...shape] }));
  }
  return { rows, encoders };
}

/** The tensor that decides whether a modality is there. */
function leadingTensor({ inputs }: TensorEncoder): string {
  return `in.${Object.keys(inputs)[0] ?? ''}`;
}

/** @throws PipelineError TENSORS_INVALID unless the file has the tensor, with this type and shape */
export function requireTensor(input: SafetensorsFile, name: string, wanted: string): void {
  const found = input.tensors.get(name);
  const current = found === undefined ? 'none' : tensorText(found);
  if (current !== wanted) throw unfit(input, `"${name}" must be ${wanted}: current value is ${current}`);
}

/**
 * What an encoder is fed for some rows.
 *
 * @throws PipelineError TENSORS_INVALID if a value is not finite, or the encoder cannot take the rows
 */
export async function feedsOf(
  input: SafetensorsFile,
  { inputs, constants, faultOf }: TensorEncoder,
  { first, count }: Rows,
): Promise<NamedTensors> {
  const feeds: Record<string, Tensor> = { ...constants };
  const where = `rows ${first} to ${first + count - 1}`;
  for (const name of Object.keys(inputs)) {
    const rows = await input.readRows(`in.${name}`, first, count);
    if (!isFiniteTensor(rows))
      throw unfit(input, `the values of "in.${name}" must be finite: ${where} have others`);
    feeds[name] = rows;
  }
  const fault = faultOf?.(feeds) ?? null;
  if (fault !== null) throw unfit(input, `${fault}: ${where} have others`);
  return feeds;
}

/** A file of tensors that cannot be embedded. */
export function unfit(input: SafetensorsFile, why: string): PipelineError {
  return new PipelineError('TENSORS_INVALID', `Cannot embed "${input.file}" as ${why}`);
}
