import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { REPOSITORY } from '../repository.ts';
import type { Variant } from '../rounds.ts';
import { SIZED_MODELS } from './sizes.ts';
import type { TrainingCase } from './training-case.ts';

/** A Python that can import torch. */
export interface TorchPython {
  readonly command: string;
  readonly version: string;
  readonly torchVersion: string;
  /** Whether torch finds a CUDA device. */
  readonly hasCuda: boolean;
}

/** How the peer writes attention; bench/peers/torch_train.py says what each is. */
export const TORCH_SPELLINGS = ['plain', 'sdpa'] as const;
export type TorchSpelling = (typeof TORCH_SPELLINGS)[number];

/** What the peer is asked for. */
export interface TorchOptions {
  readonly case: TrainingCase;
  readonly attention: TorchSpelling;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly device: 'cpu' | 'cuda';
  readonly threads: number;
  /** `compile`: by torch.compile; `half`: products in float16; `embed`: a forward pass alone. */
  readonly flags: readonly ('compile' | 'half' | 'embed')[];
}

const TORCH_PROGRAM = path.join(REPOSITORY, 'bench', 'peers', 'torch_train.py');
const VERSIONS =
  'import sys, torch; print(sys.version.split()[0], torch.__version__, torch.cuda.is_available())';

/**
 * The Python with torch: the one that was named, on the command line or by NIGHTJAR_BENCH_PYTHON, or else `python3`.
 *
 * @returns `null` where there is none
 * @throws Error if the one that was named has none
 */
export function findTorch(
  named: string | null = process.env['NIGHTJAR_BENCH_PYTHON'] ?? null,
): TorchPython | null {
  const command = named ?? 'python3';
  const { status, stdout } = spawnSync(command, ['-c', VERSIONS], { encoding: 'utf8' });
  const [version, torchVersion, hasCuda] = status === 0 ? stdout.trim().split(' ') : [];
  if (version !== undefined && torchVersion !== undefined)
    return { command, version, torchVersion, hasCuda: hasCuda === 'True' };
  if (named === null) return null;
  throw new Error(`Cannot compare with "${named}" as it does not run or cannot import torch`);
}

/** A process of the peer. */
export function torchVariant(name: string, { command }: TorchPython, options: TorchOptions): Variant {
  const { architecture } = SIZED_MODELS[options.case.sizes];
  const values = {
    weights: options.case.weightsFile,
    inputs: options.case.inputsFile,
    heads: architecture.photometry.heads,
    pool: architecture.spectra.poolSize,
    attention: options.attention,
    'warm-up': options.warmUpSteps,
    steps: options.steps,
    threads: options.threads,
    device: options.device,
  };
  const args = Object.entries(values).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return { name, command, args: [TORCH_PROGRAM, ...args, ...options.flags.map((flag) => `--${flag}`)] };
}
