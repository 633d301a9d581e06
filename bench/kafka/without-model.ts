import { createLogger, loadConfig, Metrics, systemClock } from '../../core/index.ts';
import { runService } from '../../pipeline/index.ts';
import { untilStopped } from '../../cli/run-signal.ts';
import { openConstantModel } from './constant-model.ts';

// `nightjar run` but for its model, for `bench -- kafka`: CONFIG_FILE.

const config = loadConfig(process.argv[2] ?? null);
await untilStopped((signal) =>
  runService({
    config,
    clock: systemClock,
    metrics: new Metrics(),
    logger: createLogger(config.log.level),
    signal,
    notice: () => undefined,
    openModel: openConstantModel,
  }),
);
