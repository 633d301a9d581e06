#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { PipelineError } from '../core/index.ts';
import { createLightcurvesCommand } from './lightcurves.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

function packageVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}

function createProgram(): Command {
  const program = new Command('nightjar')
    .description("Finds what is new in the night sky's alert streams")
    .version(packageVersion())
    .showSuggestionAfterError()
    .exitOverride();
  program.addCommand(createLightcurvesCommand());
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
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
