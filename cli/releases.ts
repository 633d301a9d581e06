import Table from 'cli-table3';
import { Command, Option } from 'commander';
import { importAstroM3, listReleases, PAPER_LAYOUTS, readManifest } from '../model/index.ts';
import type { Manifest, PaperLayout } from '../model/index.ts';
import { createBuildDefaultCommand } from './build-default.ts';
import { createInitialiseCommand } from './initialise-release.ts';
import { parseReleaseName, releaseNameFrom } from './release-name.ts';

/** Elements of a list that are shown. */
const LISTED_MAX = 12;

export function createReleasesCommand(): Command {
  return new Command('releases')
    .description('Releases: frozen weights with all that scores depend on')
    .addCommand(createListCommand())
    .addCommand(createShowCommand())
    .addCommand(createImportCommand())
    .addCommand(createInitialiseCommand())
    .addCommand(createBuildDefaultCommand());
}

function createListCommand(): Command {
  return new Command('list')
    .description('The releases that come with the program')
    .option('--json', 'print one JSON line a release')
    .action(async ({ json }: { readonly json?: true }) => {
      const names = await listReleases();
      const manifests = await Promise.all(names.map(async (name) => (await readManifest(name)).manifest));
      if (json === true) {
        for (const manifest of manifests) process.stdout.write(`${JSON.stringify(manifest)}\n`);
        return;
      }
      const table = new Table({
        head: ['release', 'profile', 'weights', 'parameters', 'bank'],
        style: { head: [], border: [] },
      });
      for (const { name, profile, weights, bank } of manifests)
        table.push([name, profile, weights.origin, grouped(weights.parameters), bankText(bank)]);
      process.stdout.write(manifests.length === 0 ? 'No release is shipped\n' : `${table.toString()}\n`);
    });
}

function createShowCommand(): Command {
  return new Command('show')
    .description("A release's manifest")
    .argument('<release>', 'name of a shipped release, or a folder')
    .option('--json', 'print the manifest as a JSON line')
    .action(async (nameOrFolder: string, { json }: { readonly json?: true }) => {
      const { manifest, folder } = await readManifest(nameOrFolder);
      process.stdout.write(json === true ? `${JSON.stringify(manifest)}\n` : manifestText(manifest, folder));
    });
}

interface ImportFlags {
  readonly weights: string;
  readonly config: string;
  readonly out: string;
  readonly name?: string;
  readonly layout: PaperLayout;
}

function createImportCommand(): Command {
  return new Command('import-astrom3')
    .description('Make a release of published AstroM³ weights')
    .requiredOption('--weights <file>', 'state dict, safetensors')
    .requiredOption('--config <file>', 'config.json of the same model')
    .requiredOption('--out <dir>', 'folder of the release, new or empty')
    .option('--name <name>', "name of the release; the folder's by default", parseReleaseName)
    .addOption(
      new Option('--layout <layout>', 'reference, for published weights, or corrected')
        .choices(PAPER_LAYOUTS)
        .default('reference'),
    )
    .action(async (flags: ImportFlags) => {
      const manifest = await importAstroM3({
        weightsFile: flags.weights,
        configFile: flags.config,
        folder: flags.out,
        name: flags.name ?? releaseNameFrom(flags.out),
        layout: flags.layout,
      });
      process.stdout.write(
        `Release "${manifest.name}" with ${grouped(manifest.weights.parameters)} parameters in ${flags.out}\n`,
      );
    });
}

function manifestText(manifest: Manifest, folder: string): string {
  const { name, profile, model, weights, bank } = manifest;
  const rows: readonly (readonly [string, string])[] = [
    ['release', name],
    ['folder', folder],
    ['profile', profile],
    ...flattened(model),
    ['weights', `${weights.origin}, ${grouped(weights.parameters)} parameters, ${weights.file}`],
    ['note', weights.note],
    ['sha256', weights.sha256],
    ['bank', bankText(bank)],
    ['calibration', 'none'],
    ['training', 'none'],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}\n`).join('');
}

/** Values of nested sections with their path; a list in one line. */
function flattened(value: object, prefix = ''): readonly (readonly [string, string])[] {
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, inner]) => {
    const label = `${prefix}${key}`;
    if (Array.isArray(inner)) return [[label, listText(inner)] as const];
    if (typeof inner === 'object' && inner !== null) return flattened(inner, `${label}.`);
    return [[label, scalarText(inner)] as const];
  });
}

function listText(values: readonly unknown[]): string {
  const texts = values.slice(0, LISTED_MAX).map(scalarText);
  return values.length > LISTED_MAX ? `${texts.join(', ')}, … (${values.length})` : texts.join(', ');
}

function scalarText(value: unknown): string {
  if (value === null) return 'none';
  if (hasName(value)) return value.name;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An input, listed with its unit: the name tells it apart, `--json` has the rest. */
function hasName(value: unknown): value is { readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function bankText(bank: Manifest['bank']): string {
  return bank === null ? 'none' : `${grouped(bank.objects)} objects`;
}

/** 15,869,827 */
function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
