import type { Metrics } from '../../core/index.ts';
import { servePages } from '../http-pages.ts';
import type { HttpPage, HttpServer } from '../http-pages.ts';
import { metricsPage } from '../metrics-server.ts';

/** How a part of the service is: well where there is no reason against it. */
export interface ServiceState {
  /** Why not, one sentence each; shown to whoever asks, so without secrets. */
  readonly reasons: readonly string[];
}

/**
 * Serves what watches the service: `/metrics` for Prometheus, `/health` (restart it if this fails) and `/ready` (it takes
 * messages). Both answer 200, or 503 with the reasons as JSON; that `/health` answers at all says that the process's loop
 * runs.
 *
 * @param options.health reasons once the consumer group has ended with a failure
 * @param options.ready reasons until the group is joined and all parts are open, and while it stops
 * @param options.address port 0 takes any free one
 * @throws PipelineError CONFIG_INVALID if the address cannot be listened on
 */
export function createServiceHttp(options: {
  readonly metrics: Metrics;
  readonly health: () => ServiceState;
  readonly ready: () => ServiceState;
  readonly address: { readonly host: string; readonly port: number };
}): Promise<HttpServer> {
  const { metrics, health, ready, address } = options;
  return servePages(
    new Map<string, () => HttpPage | Promise<HttpPage>>([
      ['/metrics', () => metricsPage(metrics)],
      ['/health', () => statePage(health(), 'healthy')],
      ['/ready', () => statePage(ready(), 'ready')],
    ]),
    address,
  );
}

function statePage({ reasons }: ServiceState, good: string): HttpPage {
  const isGood = reasons.length === 0;
  const body = { status: isGood ? good : `not ${good}`, reasons };
  return {
    status: isGood ? 200 : 503,
    contentType: 'application/json',
    body: `${JSON.stringify(body)}\n`,
  };
}
