import { readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';

/** Who writes a store or a folder: one process, named so that it cannot be taken for a later one with the same number. */
const claimSchema = z.object({
  pid: z.int(),
  /** Start of the process in clock ticks since the machine's; `null` where the system does not tell. */
  startTicks: z.string().nullable(),
  /** Of the machine's start, and of the numbering of processes; `null` where the system does not tell. */
  bootId: z.string().nullable(),
  pidNamespace: z.string().nullable(),
  /** Counts what the process opened. */
  opening: z.int(),
});

export type WriterClaim = z.infer<typeof claimSchema>;

const openHere = new Set<number>();
let openings = 0;

/** A claim of this process for one store or folder, to be given back with `dropClaim`. */
export function createClaim(): WriterClaim {
  openings += 1;
  openHere.add(openings);
  return {
    pid: process.pid,
    startTicks: runningSince('self'),
    bootId: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    opening: openings,
  };
}

export function dropClaim(claim: WriterClaim): void {
  openHere.delete(claim.opening);
}

export function claimText(claim: WriterClaim): string {
  return JSON.stringify(claim);
}

/**
 * The claim of another writer that is there now, or `null`. A process of another container or another start of
 * the machine cannot be looked at and counts as gone: the claim is then taken over. So a writer has to compare
 * its own claim with the one that is there before what it writes counts, and to stop where they differ.
 */
export function liveClaim(text: string, own: WriterClaim): WriterClaim | null {
  const parsed = readOrNull(() => claimSchema.parse(JSON.parse(text)));
  if (parsed === null || parsed.bootId !== own.bootId || parsed.pidNamespace !== own.pidNamespace)
    return null;
  const isThisProcess = parsed.pid === own.pid && parsed.startTicks === own.startTicks;
  if (isThisProcess) return openHere.has(parsed.opening) ? parsed : null;
  return isRunning(parsed) ? parsed : null;
}

function isRunning({ pid, startTicks }: WriterClaim): boolean {
  if (startTicks !== null) return runningSince(String(pid)) === startTicks;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Start of a process in clock ticks; `null` if there is none, or it has ended and only waits for its parent.
 *
 * @source proc_pid_stat(5): field 3 is the state, field 22 the start; field 2 is in parentheses
 *   and may hold any byte
 */
function runningSince(pid: string): string | null {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === undefined || state === 'Z' || state === 'X' ? null : (fields?.[19] ?? null);
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
