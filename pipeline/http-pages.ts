import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PipelineError, systemErrorCode } from '../core/index.ts';

/** Connections at a time; a scraper, a probe and a few people need fewer. */
const CONNECTIONS_MAX = 128;
/** Limit of one request's header and of the whole request, ms. */
const REQUEST_MS_MAX = 10_000;

/** One answer. */
export interface HttpPage {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** What each path shows, made anew for each request. */
export type HttpPages = ReadonlyMap<string, () => HttpPage | Promise<HttpPage>>;

/** Pages that are served until they are closed. */
export interface HttpServer {
  /** Without a path: `http://127.0.0.1:9464`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves pages over HTTP, for reading only.
 *
 * @param address port 0 takes any free one
 * @throws PipelineError CONFIG_INVALID if the address cannot be listened on
 */
export async function servePages(
  pages: HttpPages,
  address: { readonly host: string; readonly port: number },
): Promise<HttpServer> {
  const server = createServer({ headersTimeout: REQUEST_MS_MAX, requestTimeout: REQUEST_MS_MAX });
  server.maxConnections = CONNECTIONS_MAX;
  server.on('request', (request, response) => {
    answerOf(pages, request).then(
      (page) => {
        send(response, page);
      },
      () => {
        // What failed may hold more than a stranger should read.
        send(response, text(500, 'This page cannot be shown'));
      },
    );
  });
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const why = systemErrorCode(cause) ?? cause.message;
      reject(
        new PipelineError(
          'CONFIG_INVALID',
          `Cannot serve ${[...pages.keys()].join(', ')} on "${host}:${address.port}" as it cannot be listened on: ${why}`,
          { cause },
        ),
      );
    });
    server.listen(address.port, address.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answerOf(pages: HttpPages, request: IncomingMessage): Promise<HttpPage> {
  const page = pages.get((request.url ?? '').split('?')[0] ?? '');
  if (page === undefined) return text(404, `There is ${[...pages.keys()].join(', ')}`);
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'Only GET and HEAD');
  return page();
}

function text(status: number, body: string): HttpPage {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function send(response: ServerResponse, { status, contentType, body }: HttpPage): void {
  const allow = status === 405 ? { allow: 'GET, HEAD' } : {};
  response
    .writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store', ...allow })
    .end(body);
}
