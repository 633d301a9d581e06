import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { REPOSITORY } from '../repository.ts';

/** A Python that can import fastavro. */
export interface Python {
  readonly command: string;
  readonly version: string;
  readonly fastavroVersion: string;
}

/** What the Python peer can be asked to do; bench/peers/fastavro_decode.py says what each is. */
export const FASTAVRO_MODES = ['points', 'decode', 'tuned'] as const;
export type FastavroMode = (typeof FASTAVRO_MODES)[number];

export const FASTAVRO_PROGRAM = path.join(REPOSITORY, 'bench', 'peers', 'fastavro_decode.py');

const VERSIONS = 'import sys, fastavro; print(sys.version.split()[0], fastavro.__version__)';

/**
 * The first Python with fastavro: the one that was named, or `python3`.
 *
 * @returns `null` where there is none
 * @throws Error if the one that was named has none
 */
export function findPython(named: string | null): Python | null {
  for (const command of named === null ? ['python3'] : [named]) {
    const { status, stdout } = spawnSync(command, ['-c', VERSIONS], { encoding: 'utf8' });
    const [version, fastavroVersion] = status === 0 ? stdout.trim().split(' ') : [];
    if (version !== undefined && fastavroVersion !== undefined) return { command, version, fastavroVersion };
  }
  if (named === null) return null;
  throw new Error(`Cannot compare with "${named}" as it does not run or cannot import fastavro`);
}
