import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';

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
  // A test that fails half-way leaves nothing running.
  const kill = (): unknown => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
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

export interface NightjarCall {
  /** What the call throws, where it does not succeed. */
  readonly error: unknown;
  /** What the parsing of the command line prints: help, and wrong usage. */
  readonly out: string;
  readonly err: string;
}

/** Calls the command line within this process: quick, for failures before the work begins. */
export async function called(...args: readonly string[]): Promise<NightjarCall> {
  const program = createProgram();
  let [out, err] = ['', ''];
  const redirect = (command: Command): void => {
    command.configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) });
    command.commands.forEach(redirect);
  };
  redirect(program);
  const error: unknown = await program.parseAsync(['node', 'nightjar', ...args]).then(
    () => null,
    (fault: unknown) => fault,
  );
  return { error, out, err };
}
