import type { Metrics } from '../core/index.ts';
import { servePages } from './http-pages.ts';
import type { HttpPage, HttpServer } from './http-pages.ts';

/**
 * Serves the run's metrics over HTTP, for as long as the run lasts.
 *
 * @param address port 0 takes any free one
 * @returns with the page's own address
 * @throws PipelineError CONFIG_INVALID if the address cannot be listened on
 */
export async function serveMetrics(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = await servePages(new Map([['/metrics', () => metricsPage(metrics)]]), address);
  return { url: `${server.url}/metrics`, close: () => server.close() };
}

/** The metrics as Prometheus reads them. */
export async function metricsPage(metrics: Metrics): Promise<HttpPage> {
  return { status: 200, contentType: metrics.registry.contentType, body: await metrics.exposition() };
}
