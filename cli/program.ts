import { Command } from 'commander';
import { createCheckConfigCommand } from './check-config.ts';
import { createDecodeCommand } from './decode.ts';
import { createDemoCommand } from './demo.ts';
import { createDlqCommand } from './dlq.ts';
import { createDoctorCommand } from './doctor.ts';
import { createEmbedCommand } from './embed.ts';
import { createEvaluateCommand } from './evaluate.ts';
import { createLagCommand } from './lag.ts';
import { createLedgerCommand } from './ledger.ts';
import { createLightcurvesCommand } from './lightcurves.ts';
import { createReleasesCommand } from './releases.ts';
import { createReplayCommand } from './replay.ts';
import { createRunCommand } from './run.ts';
import { createSeekCommand } from './seek.ts';
import { createSimulateCommand } from './simulate.ts';
import { createTrainCommand } from './train.ts';
import { packageVersion } from './version.ts';

/** The verbs, in the order in which `--help` lists them. */
const COMMANDS = [
  createDemoCommand,
  createDecodeCommand,
  createReplayCommand,
  createRunCommand,
  createLightcurvesCommand,
  createLedgerCommand,
  createDlqCommand,
  createLagCommand,
  createSeekCommand,
  createSimulateCommand,
  createEmbedCommand,
  createTrainCommand,
  createEvaluateCommand,
  createReleasesCommand,
  createCheckConfigCommand,
  createDoctorCommand,
];

/** The command line with all its verbs; it throws `CommanderError` where commander would end the process. */
export function createProgram(): Command {
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
