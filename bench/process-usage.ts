import { readFileSync } from 'node:fs';

/** Of Linux, the same on every architecture that Node.js runs on: the unit of the times in /proc, per second. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;
/** In /proc/PID/stat, counted from the state behind the name: user and system time. */
const USER_TICKS_AT = 11;
const SYSTEM_TICKS_AT = 12;

/** What a process has used so far, its threads and not its children. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly peakRssMib: number;
}

/** NaN where the system has no /proc, or the process has ended. */
export function processUsage(pid: number): ProcessUsage {
  const read = (file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  };
  const stat = read('stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TICKS_AT]) + Number(fields[SYSTEM_TICKS_AT]);
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(read('status'))?.[1]);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, peakRssMib: peakKib / KIB_PER_MIB };
}
