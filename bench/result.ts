import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { systemClock } from '../core/index.ts';

const ROOT = path.resolve(import.meta.dirname, '..', '..');

/** One measured quantity: raw values in the order in which they were taken. */
export interface Measured {
  readonly unit: string;
  readonly raw: readonly number[];
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/**
 * Appends a line to bench/results/NAME.jsonl, which says what ran where, and prints it. Lines are never edited.
 *
 * @param config what the figures depend on: sizes, counts, rounds
 */
export function appendResult(
  name: string,
  { config, figures }: { readonly config: object; readonly figures: Readonly<Record<string, Measured>> },
): void {
  const git = (...words: string[]): string =>
    execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim();
  const line = JSON.stringify({
    commit: git('rev-parse', 'HEAD'),
    isDirty: git('status', '--porcelain') !== '',
    date: new Date(systemClock.nowMs()).toISOString(),
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    config,
    figures: Object.fromEntries(
      Object.entries(figures).map(([key, { unit, raw }]) => [key, { unit, median: median(raw), raw }]),
    ),
  });
  const folder = path.join(ROOT, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  appendFileSync(path.join(folder, `${name}.jsonl`), `${line}\n`);
}
