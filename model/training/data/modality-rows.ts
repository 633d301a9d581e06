import { GraphBuilder } from '../../ir/builder.ts';
import type { ModalityEncoder } from '../step/modality-encoder.ts';
import type { ModalityRows } from './training-set.ts';

export interface ModalityRowsOptions {
  /** The input that says which points are there, of the encoder that has it. */
  readonly mask: string;
  /** Inputs that are encoded by quantiles when they are read, of the encoders that have them. */
  readonly quantileEncoded?: readonly string[];
}

/** What an encoder takes of one object: its rows without the batch. */
export function modalityRows(
  encoder: ModalityEncoder,
  { mask, quantileEncoded = [] }: ModalityRowsOptions,
): ModalityRows {
  const rows = encoder.rows(new GraphBuilder('rows'), { batch: 1 });
  const inputs = Object.entries(rows).map(([name, { shape }]) => [name, shape.slice(1).map(Number)] as const);
  return {
    name: encoder.name,
    inputs: Object.fromEntries(inputs),
    ...(mask in rows ? { mask } : {}),
    quantileEncoded: quantileEncoded.filter((name) => name in rows),
  };
}
