import { z } from 'zod';
import { PipelineError } from '../../core/index.ts';
import type { TensorDType } from '../tensor.ts';

/** Where one tensor lies in a file. */
export interface TensorInfo {
  readonly dtype: TensorDType;
  readonly shape: readonly number[];
}

export interface StoredTensorInfo extends TensorInfo {
  /** First byte, counted from the end of the header. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Bytes before the header: its length as a little-endian 64-bit integer. */
export const PREFIX_BYTES = 8;

/** Longer headers are refused before they are read; the header of a model with 10,000 tensors has about 1 MB. */
export const HEADER_BYTES_MAX = 16 * 1024 * 1024;

/** The format's names of element types; it has others, which no file of ours has. */
const STORED_DTYPE = {
  F32: 'float32',
  F64: 'float64',
  I64: 'int64',
  I32: 'int32',
  U8: 'uint8',
  BOOL: 'bool',
} as const satisfies Readonly<Record<string, TensorDType>>;
type StoredDType = keyof typeof STORED_DTYPE;

export const ELEMENT_BYTES: { readonly [D in TensorDType]: number } = {
  float64: 8,
  int64: 8,
  float32: 4,
  int32: 4,
  uint8: 1,
  bool: 1,
};

const sizeSchema = z.int().nonnegative();
const entrySchema = z.object({
  dtype: z.enum(Object.keys(STORED_DTYPE) as StoredDType[]),
  shape: z.array(sizeSchema).max(16),
  data_offsets: z.tuple([sizeSchema, sizeSchema]),
});
const headerSchema = z.record(z.string(), z.unknown());

/**
 * The tensors that a header lists, by name.
 *
 * @param header its bytes, without the length before it
 * @param options.dataBytes bytes that follow it in the file
 * @param options.file named in errors
 * @throws PipelineError TENSORS_INVALID if the header is not one, or its tensors do not fill the data exactly
 */
export function parseHeader(
  header: Uint8Array,
  { dataBytes, file }: { readonly dataBytes: number; readonly file: string },
): ReadonlyMap<string, StoredTensorInfo> {
  const tensors = new Map<string, StoredTensorInfo>();
  for (const [name, entry] of Object.entries(headerObject(header, file))) {
    if (name === '__metadata__') continue;
    tensors.set(name, parseEntry(entry, { name, file }));
  }
  requireFilled(tensors, { dataBytes, file });
  return tensors;
}

/** A header for tensors in the order of `infos`, padded with spaces to a multiple of 8 bytes, without its length. */
export function formatHeader(infos: ReadonlyMap<string, StoredTensorInfo>): Uint8Array {
  const names = new Map<TensorDType, string>(
    Object.entries(STORED_DTYPE).map(([stored, dtype]) => [dtype, stored]),
  );
  const entries = Array.from(infos, ([name, { dtype, shape, offset, byteLength }]) => [
    name,
    { dtype: names.get(dtype), shape, data_offsets: [offset, offset + byteLength] },
  ]);
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(0x20);
  padded.set(bytes);
  return padded;
}

/** Where tensors lie when written one after the other: wide elements first, so that each is aligned. */
export function layOut(infos: ReadonlyMap<string, TensorInfo>): ReadonlyMap<string, StoredTensorInfo> {
  let offset = 0;
  const placed = new Map<string, StoredTensorInfo>();
  const byWidth = [...infos].sort(([, a], [, b]) => ELEMENT_BYTES[b.dtype] - ELEMENT_BYTES[a.dtype]);
  for (const [name, { dtype, shape }] of byWidth) {
    const byteLength = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]);
    placed.set(name, { dtype, shape, offset, byteLength });
    offset += byteLength;
  }
  return placed;
}

export function tensorsInvalid(file: string, reason: string, cause?: unknown): PipelineError {
  return new PipelineError('TENSORS_INVALID', `Cannot read "${file}" as safetensors: ${reason}`, { cause });
}

function headerObject(header: Uint8Array, file: string): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    return headerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw tensorsInvalid(file, 'its header is not a JSON object', cause);
  }
}

function parseEntry(
  entry: unknown,
  { name, file }: { readonly name: string; readonly file: string },
): StoredTensorInfo {
  const parsed = entrySchema.safeParse(entry);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw tensorsInvalid(file, `tensor "${name}", ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const { shape, data_offsets } = parsed.data;
  const dtype = STORED_DTYPE[parsed.data.dtype];
  const [offset, end] = data_offsets;
  const byteLength = shape.reduce((product, size) => product * size, ELEMENT_BYTES[dtype]);
  // A product beyond 2^53 is not exact, but then it is far from any length that a file can have.
  if (end - offset !== byteLength)
    throw tensorsInvalid(
      file,
      `tensor "${name}" needs ${byteLength} bytes for [${shape.join(', ')}]: current value is ${end - offset}`,
    );
  return { dtype, shape, offset, byteLength };
}

/** The format allows neither gaps nor overlaps, nor bytes after the last tensor. */
function requireFilled(
  tensors: ReadonlyMap<string, StoredTensorInfo>,
  { dataBytes, file }: { readonly dataBytes: number; readonly file: string },
): void {
  let end = 0;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.byteLength - b.byteLength);
  for (const [name, { offset, byteLength }] of inOrder) {
    if (offset !== end)
      throw tensorsInvalid(file, `tensor "${name}" must begin at byte ${end}: current value is ${offset}`);
    end += byteLength;
  }
  if (end !== dataBytes)
    throw tensorsInvalid(file, `its tensors have ${end} bytes: current value is ${dataBytes}`);
}
