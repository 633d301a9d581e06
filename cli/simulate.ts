import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../core/index.ts';
import { SIMULATED_SURVEYS, writeNightFiles } from '../simulator/index.ts';
import type { NightFiles, SimulatedSurvey } from '../simulator/index.ts';
import { parseCount, parseSurvey } from './options.ts';
import { createProgress } from './progress.ts';
import { untilStopped } from './run-signal.ts';

/** More nights than a season of history are not simulated in one go. */
const NIGHTS_MAX = 366;

interface SimulateFlags {
  readonly survey: SimulatedSurvey;
  readonly alerts: number;
  readonly seed: string;
  readonly nights: number;
  readonly out: string;
  readonly cutouts: boolean;
  readonly json?: true;
}

export function createSimulateCommand(): Command {
  return new Command('simulate')
    .description('A simulated night in a survey’s own packet format, with the truth beside it')
    .requiredOption('--survey <name>', SIMULATED_SURVEYS.join(' or '), parseSurvey)
    .requiredOption('--alerts <n>', 'alerts in all, exactly', parseCount)
    .requiredOption('--out <file>', 'archive to write, .tar.gz or .tar; one that is there is replaced')
    .option('--seed <seed>', 'number or text; the same seed gives the same bytes', '1')
    .option('--nights <k>', 'consecutive nights that the alerts are of', parseNights, 1)
    .option('--no-cutouts', 'leave the cutout images out')
    .option('--json', 'print the summary as a JSON line')
    .action(async (flags: SimulateFlags) => {
      const files = await untilStopped((signal) => simulateWithProgress(flags, signal));
      if (flags.json === true) process.stdout.write(`${JSON.stringify(jsonSummary(files))}\n`);
      else process.stdout.write(textSummary(files));
    });
}

/** Writes a night with its progress on standard error. */
export async function simulateWithProgress(flags: SimulateFlags, signal: AbortSignal): Promise<NightFiles> {
  const progress = createProgress({ label: 'simulate', total: flags.alerts, clock: systemClock });
  try {
    return await writeNightFiles({
      survey: flags.survey,
      alerts: flags.alerts,
      seed: flags.seed,
      nights: flags.nights,
      withCutouts: flags.cutouts,
      file: flags.out,
      signal,
      onProgress: ({ phase, alerts }) => {
        progress.update(alerts, phase);
      },
    });
  } finally {
    progress.stop();
  }
}

function jsonSummary(files: NightFiles): object {
  return { ...files, alertsByClass: Object.fromEntries(files.alertsByClass) };
}

function textSummary(files: NightFiles): string {
  const classes = [...files.alertsByClass].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const width = Math.max(0, ...classes.map(([name]) => name.length));
  const rows = classes.map(([name, count]) => `  ${name.padEnd(width)} ${String(count).padStart(8)}`);
  const beside = [
    `truth ${files.truth}`,
    `catalogue ${files.catalogue}`,
    `${files.spectraCount} spectra ${files.spectra}`,
    ...(files.schemas === null ? [] : [`writer schema ${files.schemas}`]),
  ];
  const heading = `${files.alerts} alerts of ${files.objects} objects in ${files.archive}`;
  return `${[heading, ...rows, ...beside].join('\n')}\n`;
}

function parseNights(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0 && value <= NIGHTS_MAX) return value;
  throw new InvalidArgumentError(`It takes a whole number from 1 to ${NIGHTS_MAX}.`);
}
