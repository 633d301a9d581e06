import { Command } from 'commander';
import {
  Metrics,
  assertServiceConfig,
  configNotices,
  createLogger,
  loadConfig,
  systemClock,
} from '../core/index.ts';
import { runService } from '../pipeline/index.ts';
import { notice } from './notice.ts';
import { untilStopped } from './run-signal.ts';

/** `nightjar run --config FILE`: the service. */
export function createRunCommand(): Command {
  return new Command('run')
    .description('The service: alert topics in, score topics out, exactly once, until it is stopped')
    .requiredOption('--config <file>', 'YAML configuration')
    .action(async ({ config: file }: { readonly config: string }) => {
      const config = loadConfig(file, {}, process.env);
      assertServiceConfig(config);
      configNotices(config).forEach(notice);
      await untilStopped((signal) =>
        runService({
          config,
          clock: systemClock,
          metrics: new Metrics(),
          logger: createLogger(config.log.level),
          signal,
          notice,
        }),
      );
    });
}
