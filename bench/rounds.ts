import { spawnSync } from 'node:child_process';

/** One side of a comparison: a command that prints one JSON object of figures as its last line. */
export interface Variant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Runs every variant once a round, each in a fresh process, the order reversed from round to round.
 *
 * @returns by variant, the figures of each round
 * @throws Error if a variant fails
 */
export function alternate(
  variants: readonly Variant[],
  rounds: number,
): ReadonlyMap<string, readonly Readonly<Record<string, number>>[]> {
  const figures = new Map<string, Record<string, number>[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      figures.get(variant.name)?.push(runOnce(variant));
    }
  }
  return figures;
}

function runOnce({ name, command, args }: Variant): Record<string, number> {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`Variant "${name}" failed with status ${status}: ${stderr.slice(-500)}`);
  const line = stdout.trimEnd().split('\n').at(-1) ?? '{}';
  return JSON.parse(line) as Record<string, number>;
}

/** True if a `python3` is found that can import a module. */
export function hasPythonModule(module: string): boolean {
  return spawnSync('python3', ['-c', `import ${module}`]).status === 0;
}
