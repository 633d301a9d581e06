import type { Device } from '../../core/index.ts';
import type { ProductDType } from '../../model/index.ts';
import { moduleBeside } from '../repository.ts';
import { nodeVariant } from '../rounds.ts';
import type { Variant } from '../rounds.ts';
import type { TrainingCase } from './training-case.ts';

/** What a process of this program measures. */
export interface VariantArguments {
  readonly case: TrainingCase;
  /** Objects that are encoded at a time within the graph of a step. */
  readonly pieceRows: number;
  /** Steps, or passes, before the counted ones. */
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly device: Device;
  /** Threads of one operator. */
  readonly threads: number;
  /** Training steps of one call; more than 1 by an ONNX Loop. */
  readonly stepsPerCall: number;
  /** In which matrix products and convolutions are computed. */
  readonly products: ProductDType;
}

/** A process that measures a training step, or the embeddings of a batch. */
export function measuringVariant(
  name: string,
  work: 'step-variant' | 'embed-variant',
  options: VariantArguments,
): Variant {
  return nodeVariant(name, moduleBeside(import.meta.url, work), [JSON.stringify(options)]);
}

/** What this process was given by `measuringVariant`. */
export function parseVariantArguments(): VariantArguments {
  return JSON.parse(process.argv[2] ?? '') as VariantArguments;
}
