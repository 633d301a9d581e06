import { Presets, SingleBar } from 'cli-progress';
import type { Clock } from '../core/index.ts';

/** How far long work has come, on standard error: a bar on a terminal, plain lines now and then otherwise. */
export interface Progress {
  /** @param done things so far @param detail a few words behind the count */
  update(done: number, detail: string): void;
  stop(): void;
}

interface ProgressOptions {
  readonly label: string;
  /** What is counted; packets unless told otherwise. */
  readonly unit?: string;
  /** How many in all; `null` where it is not known. */
  readonly total: number | null;
  readonly clock: Clock;
}

const PLAIN_LINE_INTERVAL_MS = 5000;

export function createProgress(options: ProgressOptions): Progress {
  return process.stderr.isTTY ? terminalBar(options) : plainLines(options);
}

function terminalBar({ label, unit = 'packets', total }: ProgressOptions): Progress {
  const known = `${label} {bar} {percentage}% | {value}/{total} ${unit} | {detail} | {eta_formatted} left`;
  const unknown = `${label} {value} ${unit} | {detail} | {duration_formatted}`;
  const bar = new SingleBar(
    {
      format: total === null ? unknown : known,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(total ?? 0, 0, { detail: '' });
  return {
    update: (done, detail) => {
      bar.update(done, { detail });
    },
    stop: () => {
      bar.stop();
    },
  };
}

function plainLines({ label, unit = 'packets', total, clock }: ProgressOptions): Progress {
  let lastMs = clock.monotonicMs();
  return {
    update: (done, detail) => {
      if (clock.monotonicMs() - lastMs < PLAIN_LINE_INTERVAL_MS) return;
      lastMs = clock.monotonicMs();
      const counted = `${label}: ${done}${total === null ? '' : `/${total}`} ${unit}`;
      process.stderr.write(`${detail === '' ? counted : `${counted}, ${detail}`}\n`);
    },
    stop: () => undefined,
  };
}
