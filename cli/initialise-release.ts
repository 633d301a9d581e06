import { Command } from 'commander';
import { initialiseAlertsRelease } from '../model/index.ts';
import type { LabelledObject } from '../model/index.ts';
import { CLASS_NAMES, ODDITY_CLASS_NAMES, SIMULATED_SURVEYS, simulateObjects } from '../simulator/index.ts';
import { parseCount } from './options.ts';
import { parseReleaseName, releaseNameFrom } from './release-name.ts';

interface InitialiseFlags {
  readonly out: string;
  readonly name?: string;
  readonly seed: string;
  readonly objects: number;
}

/** `nightjar releases initialise`: the release that ships is made by this verb with its defaults. */
export function createInitialiseCommand(): Command {
  return new Command('initialise')
    .description('Make a release with untrained weights, its reference bank from simulated objects')
    .requiredOption('--out <dir>', 'folder to make; new or empty')
    .option('--name <name>', "name of the release; the folder's by default", parseReleaseName)
    .option('--seed <seed>', 'number or text; the same seed gives the same bytes', '1')
    .option('--objects <n>', 'reference objects in all', parseCount, 1500)
    .action(async ({ out, name = releaseNameFrom(out), seed, objects }: InitialiseFlags) => {
      const manifest = await initialiseAlertsRelease({
        folder: out,
        name,
        seed,
        objects: knownObjects(seed, objects),
      });
      const { weights, bank } = manifest;
      process.stdout.write(
        `Release "${manifest.name}" in ${out}: ${weights.parameters} parameters, ${bank?.objects ?? 0} reference objects\n` +
          `${weights.note}\n`,
      );
    });
}

/** Labelled objects of the classes that count as known, each equally likely, the same number from each survey. */
function knownObjects(seed: string, count: number): LabelledObject[] {
  const known = CLASS_NAMES.filter((name) => !ODDITY_CLASS_NAMES.includes(name));
  const classWeights = Object.fromEntries(known.map((name) => [name, 1]));
  return SIMULATED_SURVEYS.flatMap((survey, i) => {
    const share = Math.floor((count + i) / SIMULATED_SURVEYS.length);
    return [...simulateObjects({ survey, seed: `bank ${seed}`, count: share, classWeights })].map(
      ({ joined, className }) => ({ object: joined, label: className }),
    );
  });
}
