import { Command } from 'commander';
import {
  Metrics,
  PipelineError,
  configNotices,
  assertServiceConfig,
  loadConfig,
  systemClock,
} from '../core/index.ts';
import type { Config } from '../core/index.ts';
import { diagnose, found } from '../pipeline/index.ts';
import type { Finding } from '../pipeline/index.ts';

interface DoctorFlags {
  readonly config?: string;
  readonly json?: true;
}

/** `nightjar doctor`: one line for each part that the service needs; nothing is changed. */
export function createDoctorCommand(): Command {
  return new Command('doctor')
    .description('Look at every part that the service needs: one line each; nothing is changed')
    .option('--config <file>', 'YAML configuration; without one, the environment alone')
    .option('--json', 'print one JSON object per line')
    .addHelpText('after', '\nExits 1 if any part fails; a warning does not.')
    .action(examine);
}

async function examine({ config: file, json }: DoctorFlags): Promise<void> {
  let failures = 0;
  for await (const finding of findings(file ?? null)) {
    if (finding.status === 'fail') failures++;
    process.stdout.write(`${json === true ? JSON.stringify(finding) : findingLine(finding)}\n`);
  }
  // What did not answer in time may still hold the process.
  await new Promise((resolve) => process.stdout.write('', resolve));
  process.exit(failures === 0 ? 0 : 1);
}

async function* findings(file: string | null): AsyncGenerator<Finding> {
  let config: Config;
  try {
    config = loadConfig(file, {}, process.env);
    assertServiceConfig(config);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    yield found.fail('configuration', error.message, 'see docs/config.md');
    return;
  }
  yield found.ok('configuration', file === null ? 'the environment alone' : `"${file}" is valid`);
  for (const notice of configNotices(config)) yield found.warn('configuration', notice);
  yield* diagnose({ config, clock: systemClock, metrics: new Metrics() });
}

/** `fail  broker a:9092  …  (what to do)`, without control characters that could command a terminal. */
export function findingLine({ status, what, detail, hint }: Finding): string {
  const advice = hint === null ? '' : `  (${hint})`;
  return `${status.padEnd(4)}  ${what}: ${detail}${advice}`.replaceAll(/\p{Cc}/gu, '?');
}
