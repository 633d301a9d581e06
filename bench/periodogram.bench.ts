import { parseCount } from '../cli/options.ts';
import { findAstropy, periodogramBench } from './periodogram/compare.ts';
import { benchCommand, parsed, progressLine, publish, type CommonFlags } from './publish.ts';

interface PeriodogramFlags extends CommonFlags {
  readonly points: number;
  readonly frequencies: number;
  readonly rounds: number;
  readonly runs: number;
  readonly python?: string;
}

const flags = parsed(
  benchCommand('periodogram', 'Time of a Lomb–Scargle periodogram; beside astropy where a Python has it')
    .option('--points <n>', 'measurements of the light curve', parseCount, 300)
    .option('--frequencies <n>', 'frequencies of the grid', parseCount, 50_000)
    .option('--rounds <n>', 'fresh processes of each side', parseCount, 5)
    .option('--runs <n>', 'periodograms of each process', parseCount, 15)
    .option('--python <path>', 'a Python with astropy; NIGHTJAR_BENCH_PYTHON or python3 by default'),
).opts<PeriodogramFlags>();
publish(
  await periodogramBench({
    ...flags,
    python: findAstropy(flags.python),
    onProgress: progressLine,
  }),
  flags,
);
