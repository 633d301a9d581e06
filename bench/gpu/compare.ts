import { declineRuntimeTelemetry } from '../../model/sessions/runtime-telemetry.ts';
import type { Device } from '../../core/index.ts';
import { withTemporaryFolder } from '../data.ts';
import { median } from '../result.ts';
import type { BenchReport, Measured } from '../result.ts';
import { alternate, figureOf, lastLine } from '../rounds.ts';
import type { Figures, Variant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import type { TrainingBenchOptions } from '../training/bench-options.ts';
import { assertSameWork } from '../training/same-work.ts';
import { requirePublishedSize } from '../training/sizes.ts';
import type { TorchPython } from '../training/torch.ts';
import { writeTrainingCase } from '../training/training-case.ts';
import { findDevices, nvidiaName } from './find-devices.ts';
import type { FoundDevice } from './find-devices.ts';
import { rowsOf, WORKS } from './rows.ts';
import type { Row, RowOptions, Work } from './rows.ts';

export interface GpuBenchOptions extends TrainingBenchOptions {
  readonly devices: readonly Device[];
}

/**
 * Training steps and embeddings of the paper profile on every device that opens, and PyTorch's on the same devices. What
 * cannot be measured is left out, and the report says why.
 */
export function gpuBench(options: GpuBenchOptions): Promise<BenchReport> {
  declineRuntimeTelemetry();
  return withTemporaryFolder(async (folder) => {
    const devices = await findDevices({ ...options, withSoftware: options.sizes !== 'paper' });
    const rows = devices
      .filter(({ leftOut }) => leftOut === null)
      .flatMap(({ device }) => rowsOf(device, options.python));
    const batches: BatchOutcome[] = [];
    for (const batch of options.batches) batches.push(await measureBatch(folder, batch, { rows, options }));
    return reportOf(batches, { rows, devices, options });
  });
}

interface BatchOutcome {
  readonly batch: number;
  /** By the name of a row and what it does: `cpu.nightjar.train`. */
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
  readonly leftOut: readonly string[];
}

async function measureBatch(
  folder: string,
  batch: number,
  { rows, options }: { readonly rows: readonly Row[]; readonly options: GpuBenchOptions },
): Promise<BatchOutcome> {
  const { sizes, rounds, onProgress } = options;
  const measured: RowOptions = { ...options, case: await writeTrainingCase(folder, { sizes, batch }) };
  const leftOut: string[] = [];
  const variants = rows.flatMap((row) =>
    row.works.flatMap((work): Variant[] => {
      const trial = row.variantOf(work, { ...measured, warmUpSteps: 1, steps: 1 });
      onProgress(`batch ${batch}, trial: ${trial.name}`);
      const reason = faultOf(trial);
      if (reason === null) return [row.variantOf(work, measured)];
      leftOut.push(`${row.device}, ${row.text}, ${work}, batch ${batch}: ${reason}`);
      return [];
    }),
  );
  const outcome = alternate(variants, {
    rounds,
    onRun: (what) => {
      onProgress(`batch ${batch}, ${what}`);
    },
  });
  const training = new Map([...outcome].filter(([name]) => name.endsWith('.train')));
  assertSameWork(training, (name) => rows.find((row) => name === `${row.name}.train`)?.agreement ?? {});
  for (const figures of training.values()) requirePublishedSize(sizes, figures[0]?.['parameters'] ?? NaN);
  return { batch, rounds: outcome, leftOut };
}

/** Why a variant does not run here, in its own last words; `null` where it runs. */
function faultOf(variant: Variant): string | null {
  try {
    lastLine(variant);
    return null;
  } catch (error) {
    const lines = String(error instanceof Error ? error.message : error).split('\n');
    return lines.findLast((line) => /\w*Error\b|Cannot/.test(line))?.trim() ?? 'it failed';
  }
}

interface ReportContext {
  readonly rows: readonly Row[];
  readonly devices: readonly FoundDevice[];
  readonly options: GpuBenchOptions;
}

function reportOf(batches: readonly BatchOutcome[], { rows, devices, options }: ReportContext): BenchReport {
  const { sizes, rounds, pieceRows, warmUpSteps, steps, threads, python } = options;
  const gpu = nvidiaName();
  const figures: Record<string, Measured> = {};
  const tables = batches.map((outcome) => {
    Object.assign(figures, figuresOf(outcome));
    return `Batch ${outcome.batch}\n${tableOf(outcome, rows)}`;
  });
  const left = [...leftOutBefore(devices, python), ...batches.flatMap(({ leftOut }) => leftOut)];
  const hasPeer = rows.some(({ beside }) => beside !== null);
  const notes = [
    `Training steps and embeddings of the ${sizes} sizes, corrected layout, full attention, batches from host memory;`,
    `medians of ${rounds} rounds in fresh processes; ${threads} threads on the CPU; GPU: ${gpu ?? 'none of NVIDIA'}.`,
    ...(hasPeer && python !== null
      ? [`PyTorch ${python.torchVersion} on Python ${python.version}, scaled_dot_product_attention.`]
      : []),
    ...left.map((what) => `Left out: ${what}`),
  ];
  return {
    name: 'gpu',
    config: {
      sizes,
      devices,
      gpu,
      rounds,
      batches: batches.map(({ batch }) => batch),
      pieceRows,
      warmUpSteps,
      steps,
      threads,
      python: python?.version ?? null,
      torch: python?.torchVersion ?? null,
    },
    n: Object.fromEntries(batches.map(({ batch }) => [`b${batch}`, batch * steps])),
    figures,
    text: [notes.join('\n'), ...tables].join('\n\n'),
  };
}

/** What is not even tried, and why. */
function leftOutBefore(devices: readonly FoundDevice[], python: TorchPython | null): readonly string[] {
  const left = devices.flatMap(({ device, leftOut }) => (leftOut === null ? [] : [`${device}: ${leftOut}`]));
  if (python === null) return [...left, 'PyTorch: no Python with torch was found'];
  const isCudaThere = devices.some(({ device, leftOut }) => device === 'cuda' && leftOut === null);
  return isCudaThere && !python.hasCuda ? [...left, 'PyTorch on cuda: torch finds no such device'] : left;
}

function figuresOf({ batch, rounds }: BatchOutcome): Readonly<Record<string, Measured>> {
  const figures: Record<string, Measured> = {};
  for (const [name, raw] of rounds) {
    const stepsMs = figureOf(raw, 'stepMs');
    figures[`b${batch}.${name}.stepMs`] = { unit: 'ms', raw: stepsMs };
    figures[`b${batch}.${name}.samplesPerSecond`] = {
      unit: 'objects/s',
      raw: stepsMs.map((stepMs) => (1000 * batch) / stepMs),
    };
    if (name.endsWith('.train'))
      figures[`b${batch}.${name}.firstLoss`] = { unit: '1', raw: figureOf(raw, 'firstLoss') };
  }
  return figures;
}

function tableOf({ batch, rounds }: BatchOutcome, rows: readonly Row[]): string {
  const stepsMs = (name: string, work: Work): number[] => figureOf(rounds.get(`${name}.${work}`), 'stepMs');
  const cells = ({ name, beside }: Row, work: Work): readonly string[] => {
    const own = stepsMs(name, work);
    const nightjars = beside === null ? [] : stepsMs(beside, work);
    const faster = median(nightjars.map((nightjarMs, round) => (own[round] ?? NaN) / nightjarMs));
    return [
      figureText(median(own)),
      figureText((1000 * batch) / median(own)),
      Number.isFinite(faster) ? `${figureText(faster)} ×` : '',
    ];
  };
  return textTable(
    ['', 'ms a step', 'trained/s', 'Nightjar is faster by', 'ms a pass', 'embedded/s', 'faster by'],
    rows
      .filter(({ name }) => WORKS.some((work) => rounds.has(`${name}.${work}`)))
      .map((row) => [`${row.device}: ${row.text}`, ...WORKS.flatMap((work) => cells(row, work))]),
  );
}
