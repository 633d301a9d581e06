import { Command, InvalidArgumentError } from 'commander';
import type { BenchReport } from './result.ts';
import { appendResult } from './result.ts';

/** The options that every benchmark takes. */
export interface CommonFlags {
  readonly append: boolean;
}

/** The options of a benchmark on packets. */
export interface PacketFlags extends CommonFlags {
  readonly simulated?: true;
}

/** The command line of a benchmark: `npm run bench -- NAME [options]`. */
export function benchCommand(name: string, description: string): Command {
  return new Command(`bench ${name}`)
    .description(description)
    .option('--no-append', `print only, and keep no line in bench/results/${name}.jsonl`);
}

/** The command line of a benchmark on packets. */
export function packetBenchCommand(name: string, description: string): Command {
  return benchCommand(name, description).option(
    '--simulated',
    'measure on a simulated night even where real packets are found',
  );
}

/** The command with the words behind the benchmark's name parsed: its `opts` are there. */
export function parsed(command: Command): Command {
  return command.parse(process.argv.slice(3), { from: 'user' });
}

/** Prints a report and keeps its line. */
export function publish(report: BenchReport, { append }: CommonFlags): void {
  process.stdout.write(`${report.text}\n`);
  if (append) process.stdout.write(`Kept in ${appendResult(report)}\n`);
}

/** A line of progress on standard error. */
export function progressLine(what: string): void {
  process.stderr.write(`${what}\n`);
}

/** Whole numbers above 0, separated by commas. */
export function parseCounts(text: string): readonly number[] {
  const counts = text.split(',').map(Number);
  if (counts.every((count) => Number.isSafeInteger(count) && count > 0)) return counts;
  throw new InvalidArgumentError('It takes whole numbers above 0, separated by commas.');
}
