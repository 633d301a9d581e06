import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PipelineError, systemErrorCode } from '../core/index.ts';
import type { Metrics } from '../core/index.ts';

/** The run's `/metrics` page, for as long as the run lasts. */
export interface MetricsServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the metrics over HTTP.
 *
 * @param address port 0 takes any free one
 * @throws PipelineError CONFIG_INVALID if the address cannot be listened on
 */
export async function serveMetrics(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.exposition().then(
      (text) => response.writeHead(200, { 'content-type': metrics.registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const why = systemErrorCode(cause) ?? cause.message;
      reject(
        new PipelineError(
          'CONFIG_INVALID',
          `Cannot serve /metrics on "${address.host}:${address.port}" as it cannot be listened on: ${why}`,
          { cause },
        ),
      );
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address.host}:${port}/metrics`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
