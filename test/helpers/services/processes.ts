import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Random, systemClock } from '../../../core/index.ts';

/** Below the range from which systems take ports for outgoing connections, so that a server can come back on its own. */
const PORT_MIN = 14_000;
const PORT_COUNT = 16_000;

const WATCHDOG = 'cat >/dev/null; kill -KILL "$1" 2>/dev/null; [ -z "$2" ] || { sleep 1; rm -rf "$2"; }';

/**
 * Ends a process with this one, whatever ends this one: a watchdog of its own process group reads a pipe that closes
 * with us, kills the process and removes its folder.
 *
 * @param folder `null` where there is none to remove
 */
export function bindLifetime(child: ChildProcess, folder: string | null): void {
  const watchdog = spawn('sh', ['-c', WATCHDOG, 'sh', String(child.pid), folder ?? ''], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watchdog.unref();
  (watchdog.stdin as unknown as { unref(): void }).unref();
  child.once('exit', () => watchdog.kill('SIGKILL'));
}

export function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Sends the signal and waits for the end; kills what is still there after the limit. */
export async function endProcess(
  child: ChildProcess,
  signal: NodeJS.Signals,
  limitMs = 20_000,
): Promise<void> {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  await ended;
  clearTimeout(timer);
}

/** Ports of the loopback that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const random = new Random(`${process.pid} ${systemClock.nowMs()} ${systemClock.monotonicMs()}`);
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = PORT_MIN + random.below(PORT_COUNT);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () =>
      server.close(() => {
        resolve(true);
      }),
    );
  });
}

/**
 * Calls until it gives something.
 *
 * @param attempt gives `null`, or throws, while it is too early
 * @throws Error with what the last attempt threw as its cause, after the limit
 */
export async function eventually<T>(
  what: string,
  limitMs: number,
  attempt: () => Promise<T | null> | T | null,
): Promise<T> {
  const endMs = systemClock.monotonicMs() + limitMs;
  let cause: unknown;
  for (;;) {
    try {
      const result = await attempt();
      if (result !== null) return result;
    } catch (error) {
      cause = error;
    }
    if (systemClock.monotonicMs() > endMs) {
      const why = cause instanceof Error ? `: ${cause.message}` : '';
      throw new Error(`Cannot wait any longer for ${what}: ${limitMs} ms have passed${why}`, { cause });
    }
    await systemClock.sleep(100);
  }
}

/** Runs a program to its end; gives its standard output. */
export function output(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Cannot run "${program}": ${error?.message ?? (stderr + stdout).trim()}`);
  return stdout;
}

/** True if the program is there and says its version. */
export function hasProgram(program: string, versionOption: string): boolean {
  return spawnSync(program, [versionOption], { stdio: 'ignore' }).status === 0;
}
