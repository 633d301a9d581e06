import { createHmac } from 'node:crypto';
import type { Clock, Config } from '../../core/index.ts';

/** One body to be posted. */
export interface Delivery {
  /** The same each time that the same thing is delivered. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What came of one attempt. */
export type Attempt =
  | { readonly kind: 'delivered' }
  /** @param afterMs how long the receiver asks to wait; `null` where it does not say */
  | { readonly kind: 'again'; readonly why: string; readonly afterMs: number | null }
  | { readonly kind: 'refused'; readonly why: string };

export interface WebhookClientOptions {
  readonly url: string;
  /** Key of the signature; `null` for none. */
  readonly secret: string | null;
  readonly timeoutMs: Config['webhook']['timeoutMs'];
  readonly clock: Clock;
}

const TOO_MANY_REQUESTS = 429;

/**
 * Posts one delivery once. Redirects are not followed, since the receiver would be another one than was configured;
 * answers are not read beyond their head.
 */
export class WebhookClient {
  readonly #url: string;
  readonly #authorization: Readonly<Record<string, string>>;
  readonly #options: WebhookClientOptions;

  constructor(options: WebhookClientOptions) {
    const url = new URL(options.url);
    const { username, password } = url;
    url.username = '';
    url.password = '';
    const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    this.#url = url.href;
    this.#authorization = username === '' ? {} : { authorization: `Basic ${user.toString('base64')}` };
    this.#options = options;
  }

  /** Host alone: credentials, path and query of a webhook may be its secret. */
  get address(): string {
    return new URL(this.#url).origin;
  }

  async post(delivery: Delivery, signal: AbortSignal): Promise<Attempt> {
    const { timeoutMs } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        body: delivery.body,
        headers: this.#headers(delivery),
        redirect: 'manual',
        signal: AbortSignal.any([signal, timeout]),
      });
      await response.body?.cancel();
      return this.#attempt(response);
    } catch (error) {
      signal.throwIfAborted();
      const why = timeout.aborted ? `no answer within ${timeoutMs} ms` : causeOf(error);
      return { kind: 'again', why, afterMs: null };
    }
  }

  #headers({ id, body }: Delivery): Readonly<Record<string, string>> {
    const { secret, clock } = this.#options;
    const timestampMs = String(clock.nowMs());
    const signature =
      secret === null ? {} : { 'nightjar-signature': webhookSignature(secret, timestampMs, body) };
    return {
      ...this.#authorization,
      ...signature,
      'content-type': 'application/json',
      'user-agent': 'nightjar',
      'nightjar-timestamp': timestampMs,
      'nightjar-delivery': id,
    };
  }

  #attempt({ status, headers }: Response): Attempt {
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    const why = `it answered ${status}`;
    if (status !== TOO_MANY_REQUESTS && status < 500) return { kind: 'refused', why };
    return { kind: 'again', why, afterMs: retryAfterMs(headers.get('retry-after'), this.#options.clock) };
  }
}

/**
 * The signature of a delivery: `sha256=` and the hexadecimal HMAC-SHA-256 of `TIMESTAMP.BODY`. The timestamp is signed
 * too, so that a receiver can refuse what was recorded and sent again later.
 *
 * @param timestampMs as in the header `nightjar-timestamp`: ms since 1970 UTC
 */
export function webhookSignature(secret: string, timestampMs: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestampMs}.${body}`).digest('hex')}`;
}

/**
 * What `retry-after` asks for: seconds, or a date.
 *
 * @source RFC 9110, section 10.2.3
 */
function retryAfterMs(header: string | null, clock: Clock): number | null {
  if (header === null) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - clock.nowMs());
}

/** undici says "fetch failed" and why in the cause. */
function causeOf(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? `${String(inner.code)} ` : '';
  return `${code}${inner instanceof Error ? inner.message : String(inner)}`.trim().slice(0, 200);
}
