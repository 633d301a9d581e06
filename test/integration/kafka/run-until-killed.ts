import { createRequire } from 'node:module';
import { Metrics, createLogger, loadConfig, systemClock } from '../../../core/index.ts';
import { runService } from '../../../pipeline/index.ts';
import { LmdbEnvironment } from '../../../streams/windows/lmdb-environment.ts';
import { breakCall } from '../../helpers/break-call.ts';
import type { KillPoint } from './kill-points.ts';

/** Run by a test as a process of its own: the service, which kills itself at a point. */
const [file = '', text = ''] = process.argv.slice(2);
const point = JSON.parse(text) as KillPoint;
const config = loadConfig(file);
const { prototype: broker } = createRequire(import.meta.url)('kafkajs/src/broker') as {
  readonly prototype: object;
};
breakCall(point.method === 'transact' ? LmdbEnvironment.prototype : broker, point, () =>
  process.kill(process.pid, 'SIGKILL'),
);
await runService({
  config,
  clock: systemClock,
  metrics: new Metrics(),
  logger: createLogger('silent'),
  signal: new AbortController().signal,
  notice: () => undefined,
});
