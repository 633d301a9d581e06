import { declineRuntimeTelemetry } from '../../model/sessions/runtime-telemetry.ts';
import { withTemporaryFolder } from '../data.ts';
import { median } from '../result.ts';
import type { BenchReport, Measured } from '../result.ts';
import { alternate, figureOf } from '../rounds.ts';
import type { Figures, Variant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';
import type { TrainingBenchOptions } from '../training/bench-options.ts';
import { assertSameWork, FLOAT32_AGREEMENT } from '../training/same-work.ts';
import { requirePublishedSize } from '../training/sizes.ts';
import { TORCH_SPELLINGS, torchVariant } from '../training/torch.ts';
import type { TorchSpelling } from '../training/torch.ts';
import { writeTrainingCase } from '../training/training-case.ts';
import { measuringVariant } from '../training/variant-arguments.ts';

const NIGHTJAR = 'nightjar';
const SPELLING_TEXT: { readonly [S in TorchSpelling]: string } = {
  plain: 'PyTorch eager, attention written out',
  sdpa: 'PyTorch eager, scaled_dot_product_attention',
};

/**
 * Training steps of the paper profile on the CPU, and PyTorch's with the same weights on the same batch in the same rounds:
 * time, objects a second and memory. Each process tells what its first steps gave, which must agree.
 */
export function trainBench(options: TrainingBenchOptions): Promise<BenchReport> {
  declineRuntimeTelemetry();
  return withTemporaryFolder(async (folder) => {
    const batches: BatchOutcome[] = [];
    for (const batch of options.batches) batches.push(await measureBatch(folder, batch, options));
    return reportOf(batches, options);
  });
}

interface BatchOutcome {
  readonly batch: number;
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
}

async function measureBatch(
  folder: string,
  batch: number,
  options: TrainingBenchOptions,
): Promise<BatchOutcome> {
  const { sizes, rounds, pieceRows, warmUpSteps, steps, threads, python, onProgress } = options;
  const shared = {
    case: await writeTrainingCase(folder, { sizes, batch }),
    device: 'cpu',
    warmUpSteps,
    steps,
    threads,
  } as const;
  const variants: Variant[] = [
    measuringVariant(NIGHTJAR, 'step-variant', {
      ...shared,
      pieceRows,
      stepsPerCall: 1,
      products: 'float32',
    }),
  ];
  if (python !== null) {
    for (const attention of TORCH_SPELLINGS)
      variants.push(torchVariant(attention, python, { ...shared, attention, flags: [] }));
  }
  const outcome = alternate(variants, {
    rounds,
    onRun: (what) => {
      onProgress(`batch ${batch}, ${what}`);
    },
  });
  assertSameWork(outcome, () => FLOAT32_AGREEMENT);
  for (const figures of outcome.values()) requirePublishedSize(sizes, figures[0]?.['parameters'] ?? NaN);
  return { batch, rounds: outcome };
}

function reportOf(batches: readonly BatchOutcome[], options: TrainingBenchOptions): BenchReport {
  const { sizes, rounds, pieceRows, warmUpSteps, steps, threads, python } = options;
  const figures: Record<string, Measured> = {};
  const tables = batches.map(({ batch, rounds: outcome }) => {
    const perRound = (name: string, figure: string): number[] => figureOf(outcome.get(name), figure);
    const rows = [...outcome.keys()].map((name) => {
      const stepsMs = perRound(name, 'stepMs');
      const peaksMib = perRound(name, 'peakMib');
      const rates = stepsMs.map((stepMs) => (1000 * batch) / stepMs);
      const key = `b${batch}`;
      figures[`${key}.${name}.stepMs`] = { unit: 'ms', raw: stepsMs };
      figures[`${key}.${name}.samplesPerSecond`] = { unit: 'objects/s', raw: rates };
      figures[`${key}.${name}.peakMib`] = { unit: 'MiB', raw: peaksMib };
      figures[`${key}.${name}.firstLoss`] = { unit: '1', raw: perRound(name, 'firstLoss') };
      const faster = stepsMs.map((stepMs, round) => stepMs / (perRound(NIGHTJAR, 'stepMs')[round] ?? NaN));
      if (name === NIGHTJAR) figures[`${key}.${name}.openMs`] = { unit: 'ms', raw: perRound(name, 'openMs') };
      else figures[`${key}.timesFasterThan.${name}`] = { unit: '1', raw: faster };
      return [
        name === NIGHTJAR ? 'Nightjar' : SPELLING_TEXT[name as TorchSpelling],
        figureText(median(stepsMs)),
        `${figureText(Math.min(...stepsMs))} – ${figureText(Math.max(...stepsMs))}`,
        figureText(median(rates)),
        figureText(median(peaksMib)),
        name === NIGHTJAR ? '' : `${figureText(median(faster))} ×`,
      ];
    });
    const head = ['', 'ms a step', 'least – most', 'objects/s', 'peak MiB', 'Nightjar is faster by'];
    const openMs = figureText(median(perRound(NIGHTJAR, 'openMs')));
    return (
      `Batch ${batch}; building and opening the graph takes Nightjar ${openMs} ms once\n` +
      textTable(head, rows)
    );
  });
  const peer =
    python === null
      ? 'no Python with torch was found, so that there is no comparison'
      : `PyTorch ${python.torchVersion} on Python ${python.version}, from the same weights on the same batch`;
  const notes = [
    `A training step (forward, backward, clipping, Adam with coupled L2) of the ${sizes} sizes, corrected layout,`,
    `full attention, no dropout, whole curves; ${threads} threads, medians of ${rounds} rounds in fresh processes;`,
    peer,
  ];
  return {
    name: 'train',
    config: {
      sizes,
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
