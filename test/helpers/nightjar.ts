import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const MAIN = path.join(import.meta.dirname, '..', '..', 'cli', 'main.js');

export interface NightjarRun {
  /** Exit status; `null` where a signal ended it. */
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface StartedNightjar {
  readonly child: ChildProcess;
  /** What it has written to standard error so far. */
  readonly err: () => string;
  readonly ended: Promise<NightjarRun>;
}

/** Starts the compiled command line as a process of its own. */
export function startNightjar(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): StartedNightjar {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, out, err }));
  return { child, err: () => err, ended };
}

/** Runs the compiled command line to its end. */
export function nightjar(...args: readonly string[]): Promise<NightjarRun> {
  return startNightjar(args).ended;
}
