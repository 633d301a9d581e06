import type { Clock } from '../../../core/index.ts';

/** Of an answer no more is read. */
const BODY_BYTES_MAX = 64 * 1024;

/** How a server answered one request. */
export type HttpProbe =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Its beginning. */
      readonly body: string;
      /** The server's clock less ours, as its `Date` header has it; `null` without one. */
      readonly skewMs: number | null;
      /** How far `skewMs` may be from the truth. */
      readonly skewErrMs: number;
    }
  | { readonly kind: 'silent'; readonly why: string };

/** `Date` headers are cut to whole seconds: half a second is what they lack in the mean, and at most. */
const DATE_HALF_STEP_MS = 500;

/**
 * Asks a server once; redirects are not followed.
 *
 * @param options.url a user and password in it are sent as basic authentication
 */
export async function probeHttp(options: {
  readonly url: URL;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<HttpProbe> {
  const { clock, timeoutMs } = options;
  const { bare, headers } = withoutUser(options.url);
  const limit = AbortSignal.timeout(timeoutMs);
  const beganMs = clock.nowMs();
  try {
    const response = await fetch(bare, {
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([limit, options.signal]),
    });
    const tookMs = clock.nowMs() - beganMs;
    const body = await beginningOf(response);
    const dateMs = Date.parse(response.headers.get('date') ?? '');
    return {
      kind: 'answered',
      status: response.status,
      body,
      skewMs: Number.isNaN(dateMs) ? null : dateMs + DATE_HALF_STEP_MS - (beganMs + tookMs / 2),
      skewErrMs: DATE_HALF_STEP_MS + tookMs / 2,
    };
  } catch (error) {
    return { kind: 'silent', why: limit.aborted ? `no answer within ${timeoutMs} ms` : causeOf(error) };
  }
}

/** fetch() takes no user in a URL: it goes into a header, and so into no message either. */
function withoutUser(url: URL): { readonly bare: URL; readonly headers: Readonly<Record<string, string>> } {
  const bare = new URL(url);
  const user = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  bare.username = '';
  bare.password = '';
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return { bare, headers: user === '' ? {} : { authorization: `Basic ${basic}` } };
}

async function beginningOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    total += piece.length;
    if (total >= BODY_BYTES_MAX) break;
  }
  return Buffer.concat(pieces).subarray(0, BODY_BYTES_MAX).toString('utf8');
}

/** undici says "fetch failed", and why in the cause. */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
