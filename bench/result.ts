import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { systemClock } from '../core/index.ts';
import { REPOSITORY } from './repository.ts';

/** One measured quantity: raw values in the order in which they were taken. */
export interface Measured {
  readonly unit: string;
  readonly raw: readonly number[];
}

/** What a benchmark found: a table to read, and a line to keep. */
export interface BenchReport {
  readonly name: string;
  /** What the figures depend on: data, sizes, counts, rounds. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Packets, objects or alerts measured on, by what they are. */
  readonly n: Readonly<Record<string, number>>;
  readonly figures: Readonly<Record<string, Measured>>;
  /** For people. */
  readonly text: string;
}

/** Middle value; the mean of the two middle ones for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** The line of a report, with what ran where. Changes to kept results and their pictures do not make a commit dirty. */
export function resultLine({ config, n, figures }: BenchReport): string {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: REPOSITORY, encoding: 'utf8' }).trim();
  return JSON.stringify({
    commit: git('rev-parse', 'HEAD'),
    isDirty: git('status', '--porcelain', '--', '.', ':!bench/results', ':!docs/figures') !== '',
    date: new Date(systemClock.nowMs()).toISOString(),
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    onnxRuntime: installedVersion('onnxruntime-node'),
    config,
    n,
    figures: Object.fromEntries(
      Object.entries(figures).map(([key, { unit, raw }]) => [key, { unit, median: median(raw), raw }]),
    ),
  });
}

/** Appends a line to bench/results/NAME.jsonl. Lines are never edited. */
export function appendResult(report: BenchReport): string {
  const folder = path.join(REPOSITORY, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${report.name}.jsonl`);
  appendFileSync(file, `${resultLine(report)}\n`);
  return file;
}

function installedVersion(name: string): string {
  const { version } = createRequire(import.meta.url)(`${name}/package.json`) as { readonly version: string };
  return version;
}
