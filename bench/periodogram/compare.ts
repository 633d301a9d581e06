import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../../core/index.ts';
import { withTemporaryFolder } from '../data.ts';
import { moduleBeside, REPOSITORY } from '../repository.ts';
import { median, type BenchReport } from '../result.ts';
import { alternate, figureOf, nodeVariant, type Figures, type Variant } from '../rounds.ts';
import { figureText, textTable } from '../table.ts';

export interface PeriodogramBenchOptions {
  readonly points: number;
  readonly frequencies: number;
  readonly rounds: number;
  /** Periodograms of each process; the median counts. */
  readonly runs: number;
  /** A Python with astropy; `null` measures Nightjar alone. */
  readonly python: AstropyPython | null;
  readonly onProgress: (what: string) => void;
}

/** A Python that can import astropy. */
export interface AstropyPython {
  readonly command: string;
  readonly version: string;
  readonly astropyVersion: string;
}

/** What every side is given: one light curve, and a uniform grid of frequencies. */
export interface PeriodogramCase {
  readonly timeDays: readonly number[];
  readonly flux: readonly number[];
  readonly fluxErr: readonly number[];
  readonly firstPerDay: number;
  readonly stepPerDay: number;
  readonly count: number;
}

const BASELINE_DAYS = 3000;
const OVERSAMPLING = 5;
const PERIOD_DAYS = 2.3456;
/** Astropy's fast method interpolates: its powers are within a few thousandths of the exact ones. */
const PEAK_AGREEMENT = 1e-2;

const PROGRAM = path.join(REPOSITORY, 'bench', 'peers', 'astropy_periodogram.py');
const VERSIONS =
  'import sys, astropy.timeseries, astropy; print(sys.version.split()[0], astropy.__version__)';

/**
 * The Python with astropy: the one that was named, or else `python3`.
 *
 * @returns `null` where there is none
 * @throws Error if the one that was named has none
 */
export function findAstropy(
  named: string | null = process.env['NIGHTJAR_BENCH_PYTHON'] ?? null,
): AstropyPython | null {
  const command = named ?? 'python3';
  const { status, stdout } = spawnSync(command, ['-c', VERSIONS], { encoding: 'utf8' });
  const [version, astropyVersion] = status === 0 ? stdout.trim().split(' ') : [];
  if (version !== undefined && astropyVersion !== undefined) return { command, version, astropyVersion };
  if (named === null) return null;
  throw new Error(`Cannot compare with "${named}" as it does not run or cannot import astropy`);
}

/** Time of one periodogram: by fast transforms, by direct sums, and by astropy's fast method. */
export function periodogramBench(options: PeriodogramBenchOptions): Promise<BenchReport> {
  return withTemporaryFolder((folder) => {
    const file = path.join(folder, 'case.json');
    writeFileSync(file, JSON.stringify(periodogramCase(options)));
    const module = moduleBeside(import.meta.url, 'nightjar-variant');
    const variants: Variant[] = [
      nodeVariant('fast', module, [file, String(options.runs), 'fast']),
      nodeVariant('direct', module, [file, String(options.runs), 'direct']),
    ];
    if (options.python !== null)
      variants.push({
        name: 'astropy',
        command: options.python.command,
        args: [PROGRAM, file, String(options.runs)],
      });
    const outcome = alternate(variants, { rounds: options.rounds, onRun: options.onProgress });
    requireSamePeak(outcome);
    return Promise.resolve(reportOf(variants, outcome, options));
  });
}

function periodogramCase({ points, frequencies }: PeriodogramBenchOptions): PeriodogramCase {
  const random = new Random('bench periodogram');
  // Nights of some hours, as a survey has them.
  const timeDays = Array.from(
    { length: points },
    () => Math.floor(random.between(0, BASELINE_DAYS)) + random.between(0, 0.35),
  ).sort((a, b) => a - b);
  return {
    timeDays,
    flux: timeDays.map((time) => Math.sin((2 * Math.PI * time) / PERIOD_DAYS) + 0.5 * random.normal()),
    fluxErr: timeDays.map(() => random.between(0.4, 0.6)),
    firstPerDay: 1 / BASELINE_DAYS,
    stepPerDay: 1 / (OVERSAMPLING * BASELINE_DAYS),
    count: frequencies,
  };
}

/** @throws Error if the sides did not do the same work */
function requireSamePeak(outcome: ReadonlyMap<string, readonly Figures[]>): void {
  const peaks = [...outcome].map(([name, rounds]) => ({ name, peak: rounds[0]?.['peak'] ?? NaN }));
  const [first] = peaks;
  for (const { name, peak } of peaks) {
    if (!(Math.abs(peak - (first?.peak ?? NaN)) < PEAK_AGREEMENT))
      throw new Error(
        `Cannot compare the highest power of "${name}" as it must be ${first?.peak}: current value is ${peak}`,
      );
  }
}

function reportOf(
  variants: readonly Variant[],
  outcome: ReadonlyMap<string, readonly Figures[]>,
  { points, frequencies, rounds, runs, python }: PeriodogramBenchOptions,
): BenchReport {
  const names = variants.map(({ name }) => name);
  const msOf = (name: string): number => median(figureOf(outcome.get(name), 'ms'));
  const table = textTable(
    ['one periodogram', 'ms', 'times the fast one'],
    names.map((name) => [name, figureText(msOf(name)), figureText(msOf(name) / msOf('fast'))]),
  );
  const notes = [
    `${points} points in one band, ${frequencies} frequencies, one thread, medians of ${rounds} rounds in fresh processes.`,
    'fast: the periodogram of the alerts profile; direct: its sums one by one.',
    python === null
      ? 'No Python with astropy was found: NIGHTJAR_BENCH_PYTHON names one.'
      : `astropy: LombScargle.power(method="fast") of astropy ${python.astropyVersion}.`,
  ];
  return {
    name: 'periodogram',
    config: {
      rounds,
      runs,
      baselineDays: BASELINE_DAYS,
      oversampling: OVERSAMPLING,
      astropy: python?.astropyVersion ?? null,
      python: python?.version ?? null,
    },
    n: { points, frequencies },
    figures: Object.fromEntries(
      names.map((name) => [`${name}.ms`, { unit: 'ms', raw: figureOf(outcome.get(name), 'ms') }]),
    ),
    text: [notes.join('\n'), table].join('\n\n'),
  };
}
