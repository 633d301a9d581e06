import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * Runs every compiled test file below this folder, or those whose path contains one of the words given. Those that start
 * services of their own come one after the other, so that there is one cluster at a time.
 */
const words = process.argv.slice(2);
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
  .sort();
if (files.length === 0) {
  process.stderr.write(`Cannot run tests as no test file matches: current words are "${words.join(' ')}"\n`);
  process.exit(1);
}
const hasServices = (file: string): boolean => file.startsWith(`integration${path.sep}`);
const alone = run(files.filter((file) => !hasServices(file)));
const withServices = run(files.filter(hasServices), '--test-concurrency=1');
process.exit(alone === 0 ? withServices : alone);

function run(some: readonly string[], ...options: readonly string[]): number {
  if (some.length === 0) return 0;
  const paths = some.map((file) => path.join(import.meta.dirname, file));
  const { status } = spawnSync(process.execPath, ['--test', ...options, ...paths], { stdio: 'inherit' });
  return status ?? 1;
}
