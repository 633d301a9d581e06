import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import type { TestContext } from 'node:test';

/** A file system in memory of a size that a test sets; mounting takes root. */
export interface SmallDisk {
  readonly folder: string;
  remount(options: string): void;
}

/**
 * Mounts a small disk until the end of the test. Without root the test is skipped and says so; with it, it fails where
 * NIGHTJAR_REQUIRE_DATA=1 and nothing can be mounted.
 */
export function smallDisk(context: TestContext, folder: string, size: string): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  const { status, stderr, error } = mount('-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder);
  if (status !== 0) {
    const why = `cannot mount a small disk: ${error?.message ?? stderr.trim()}`;
    if (process.getuid?.() === 0 && process.env['NIGHTJAR_REQUIRE_DATA'] === '1') throw new Error(why);
    context.skip(why);
    return null;
  }
  context.after(() => spawnSync('umount', [folder]));
  return {
    folder,
    remount: (options) => {
      const again = mount('-o', `remount,${options}`, folder);
      if (again.status !== 0) throw new Error(`cannot remount: ${again.stderr}`);
    },
  };
}

function mount(...args: readonly string[]) {
  return spawnSync('mount', args, { encoding: 'utf8' });
}
