#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { PipelineError } from '../core/index.ts';
import { createDecodeCommand } from './decode.ts';
import { createDemoCommand } from './demo.ts';
import { createEmbedCommand } from './embed.ts';
import { createLightcurvesCommand } from './lightcurves.ts';
import { createReleasesCommand } from './releases.ts';
import { createReplayCommand } from './replay.ts';
import { createSimulateCommand } from './simulate.ts';
import { packageVersion } from './version.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** The verbs, in the order in which `--help` lists them. */
const COMMANDS = [
  createDemoCommand,
  createDecodeCommand,
  createReplayCommand,
  createLightcurvesCommand,
  createSimulateCommand,
  createEmbedCommand,
  createReleasesCommand,
];

function createProgram(): Command {
  const program = new Command('nightjar')
    .description("Finds what is new in the night sky's alert streams")
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride();
  for (const create of COMMANDS) program.addCommand(create());
  inheritSettings(program);
  return program;
}

/** Hands the program's way of failing down to every verb and sub-verb. */
function inheritSettings(command: Command): void {
  for (const child of command.commands) inheritSettings(child.copyInheritedSettings(command));
}

/** The exit status of a failed verb; says why in one line, with a stack only for a fault of the program itself. */
function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  if (error instanceof PipelineError) {
    process.stderr.write(`nightjar: ${error.code}: ${error.message}\n`);
    return EXIT_FAILURE;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`nightjar: internal error, please report it: ${text}\n`);
  return EXIT_FAILURE;
}

// A reader that has seen enough (`| head`) closes the pipe: that ends the command without complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}
