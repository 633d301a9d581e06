import { spawnSync } from 'node:child_process';

/** One side of a comparison: a command that prints one JSON object of figures as its last line. */
export interface Variant {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

export type Figures = Readonly<Record<string, number>>;

export interface AlternateOptions {
  readonly rounds: number;
  /** Told before each run, for a line of progress. */
  readonly onRun?: (what: string) => void;
}

/**
 * Runs every variant once a round, each in a fresh process, the order reversed from round to round.
 *
 * @returns by variant, the figures of each round
 * @throws Error if a variant fails
 */
export function alternate(
  variants: readonly Variant[],
  { rounds, onRun }: AlternateOptions,
): ReadonlyMap<string, readonly Figures[]> {
  const figures = new Map<string, Figures[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      onRun?.(`round ${round + 1} of ${rounds}: ${variant.name}`);
      figures.get(variant.name)?.push(lastLine(variant) as Figures);
    }
  }
  return figures;
}

/** A variant that is a module of this program, run by this Node. */
export function nodeVariant(name: string, module: string, args: readonly string[]): Variant {
  return { name, command: process.execPath, args: [...process.execArgv, module, ...args] };
}

/** The values of one figure, round by round. */
export function figureOf(rounds: readonly Figures[] | undefined, name: string): number[] {
  return (rounds ?? []).map((figures) => figures[name] ?? NaN);
}

/**
 * Runs a variant to its end.
 *
 * @returns the JSON object that it prints as its last line
 * @throws Error if it fails
 */
export function lastLine({ name, command, args }: Variant): unknown {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined)
    throw new Error(`Cannot run variant "${name}": ${error.message}`, { cause: error });
  if (status !== 0)
    throw new Error(
      `Cannot measure variant "${name}" as it ended with ${status ?? signal}: ${stderr.slice(-500)}`,
    );
  const line = stdout.trimEnd().split('\n').at(-1) ?? '{}';
  return JSON.parse(line);
}
