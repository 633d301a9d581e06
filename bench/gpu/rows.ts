import type { Device } from '../../core/index.ts';
import type { ProductDType } from '../../model/index.ts';
import type { Variant } from '../rounds.ts';
import { FLOAT32_AGREEMENT } from '../training/same-work.ts';
import type { Agreement } from '../training/same-work.ts';
import { torchVariant } from '../training/torch.ts';
import type { TorchOptions, TorchPython } from '../training/torch.ts';
import type { TrainingCase } from '../training/training-case.ts';
import { measuringVariant } from '../training/variant-arguments.ts';

/** What rows measure. */
export const WORKS = ['train', 'embed'] as const;
export type Work = (typeof WORKS)[number];

/** A row of the table: one side on one device. */
export interface Row {
  readonly name: string;
  readonly device: Device;
  readonly text: string;
  readonly works: readonly Work[];
  /** The row of Nightjar that it is compared with; `null` for one of Nightjar's. */
  readonly beside: string | null;
  readonly agreement: Partial<Agreement>;
  variantOf(work: Work, options: RowOptions): Variant;
}

export interface RowOptions {
  readonly case: TrainingCase;
  /** Objects that are encoded at a time within the graph on a CPU; elsewhere it is all of them. */
  readonly pieceRows: number;
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly threads: number;
}

/** Products of CUDA may be in TF32, of 10 bits as float16 has; with it the first update differs in signs. */
const REDUCED_AGREEMENT: Partial<Agreement> = { firstLoss: 2e-2 };

/** How the peer can run. */
interface TorchMode {
  readonly name: string;
  readonly text: string;
  readonly flags: readonly ('compile' | 'half')[];
}

const EAGER: TorchMode = { name: 'eager', text: 'PyTorch eager', flags: [] };
const COMPILE: TorchMode = { name: 'compile', text: 'PyTorch compiled', flags: ['compile'] };
const HALF: TorchMode = { name: 'half', text: 'PyTorch eager, float16 products', flags: ['half'] };
const COMPILED_HALF: TorchMode = {
  name: 'compiledHalf',
  text: 'PyTorch compiled, float16 products',
  flags: ['compile', 'half'],
};

const TORCH_MODES: { readonly [D in Device]: readonly TorchMode[] } = {
  cpu: [EAGER, COMPILE],
  webgpu: [],
  cuda: [EAGER, COMPILE, HALF, COMPILED_HALF],
};

/** How Nightjar can run. */
interface NightjarMode {
  readonly name: string;
  readonly text: string;
  readonly works: readonly Work[];
  readonly stepsPerCall: number;
  readonly products: ProductDType;
}

const FULL: NightjarMode = {
  name: 'nightjar',
  text: 'Nightjar',
  works: WORKS,
  stepsPerCall: 1,
  products: 'float32',
};
const NIGHTJAR_HALF: NightjarMode = {
  ...FULL,
  name: 'nightjarHalf',
  text: 'Nightjar, float16 products',
  products: 'float16',
};
/** On CUDA a call takes the state to the device and back: so many steps share the way. The trainer does not do so. */
const LOOP_STEPS = 10;
const LOOP_TEXT = `Nightjar’s graph, training by ${LOOP_STEPS} steps in a Loop`;

const NIGHTJAR_MODES: { readonly [D in Device]: readonly NightjarMode[] } = {
  cpu: [FULL],
  webgpu: [FULL, NIGHTJAR_HALF],
  cuda: [
    { ...FULL, text: LOOP_TEXT, stepsPerCall: LOOP_STEPS },
    { ...NIGHTJAR_HALF, text: `${LOOP_TEXT}, float16 products`, stepsPerCall: LOOP_STEPS },
    {
      ...FULL,
      name: 'nightjarSingle',
      text: 'Nightjar, a call for each step, as its trainer',
      works: ['train'],
    },
  ],
};

/** The rows of a device; those of the peer where there is one that has it. */
export function rowsOf(device: Device, python: TorchPython | null): readonly Row[] {
  const own = NIGHTJAR_MODES[device].map((mode) => nightjarRow(device, mode));
  if (python === null || device === 'webgpu' || (device === 'cuda' && !python.hasCuda)) return own;
  return [...own, ...TORCH_MODES[device].map((mode) => torchRow(device, mode, python))];
}

function nightjarRow(device: Device, { name, text, works, stepsPerCall, products }: NightjarMode): Row {
  return {
    name: `${device}.${name}`,
    device,
    text,
    works,
    beside: null,
    agreement: products === 'float16' || device === 'cuda' ? REDUCED_AGREEMENT : FLOAT32_AGREEMENT,
    variantOf: (work, options) =>
      measuringVariant(`${device}.${name}.${work}`, work === 'train' ? 'step-variant' : 'embed-variant', {
        ...options,
        device,
        pieceRows: device === 'cpu' ? options.pieceRows : options.case.batch,
        stepsPerCall,
        products,
      }),
  };
}

function torchRow(device: TorchOptions['device'], mode: TorchMode, python: TorchPython): Row {
  const beside = mode.flags.includes('half') ? NIGHTJAR_HALF : FULL;
  return {
    name: `${device}.${mode.name}`,
    device,
    text: mode.text,
    works: WORKS,
    beside: `${device}.${beside.name}`,
    agreement: device === 'cuda' ? REDUCED_AGREEMENT : FLOAT32_AGREEMENT,
    variantOf: (work, options) =>
      torchVariant(`${device}.${mode.name}.${work}`, python, {
        ...options,
        device,
        attention: 'sdpa',
        flags: work === 'train' ? mode.flags : [...mode.flags, 'embed'],
      }),
  };
}
