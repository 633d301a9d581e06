#!/usr/bin/env node
import { CommanderError } from 'commander';
import { PipelineError, outputFailure } from '../core/index.ts';
import { createProgram } from './program.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

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
  process.exit(reportFailure(outputFailure(error, 'standard output')));
});

try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}
