import { PipelineError, secretFromFile } from '../../core/index.ts';
import type { Clock, Config } from '../../core/index.ts';

type Sasl = NonNullable<Config['kafka']['sasl']>;

interface TokenOptions {
  readonly sasl: Sasl;
  /** The client secret; `null` if the endpoint needs none. */
  readonly password: string | null;
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A token is asked for again when so much of its life is over; brokers want one that outlives the login. */
const LIFE_USED_RATIO = 0.8;

/** Life of a token whose endpoint does not tell, ms. */
const LIFE_UNKNOWN_MS = 60_000;

/** A larger answer is no token. */
const ANSWER_BYTES_MAX = 64 * 1024;

/**
 * Where the token of a login comes from: `kafka.sasl.tokenFile`, read anew each time, or the client-credentials grant at
 * `kafka.sasl.tokenUrl`, kept until shortly before it expires. Logins at the same time share one request.
 *
 * @throws PipelineError CONFIG_INVALID if the endpoint's URL brings user or password
 * @source RFC 6749, 4.4 (grant), 2.3.1 (client in the header), 5.1 and 5.2 (answers)
 */
export function createTokenSource(options: TokenOptions): () => Promise<string> {
  const { tokenFile, tokenUrl } = options.sasl;
  if (tokenFile !== null) {
    return () => Promise.resolve().then(() => secretFromFile('kafka.sasl.tokenFile', tokenFile).trim());
  }
  if (tokenUrl !== null) checkEndpoint(tokenUrl);
  let kept: { readonly token: string; readonly useUntilMs: number } | null = null;
  let asking: Promise<string> | null = null;
  const ask = async (): Promise<string> => {
    const { token, lifeMs } = await requestToken(tokenUrl ?? '', options);
    kept = { token, useUntilMs: options.clock.monotonicMs() + lifeMs * LIFE_USED_RATIO };
    return token;
  };
  return () => {
    if (kept !== null && options.clock.monotonicMs() < kept.useUntilMs) return Promise.resolve(kept.token);
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}

/** fetch() takes no such URL, and shows it whole. */
function checkEndpoint(url: string): void {
  const { username, password } = new URL(url);
  if (username !== '' || password !== '')
    throw new PipelineError(
      'CONFIG_INVALID',
      `${cannotGet(url)} bring no login, which goes into kafka.sasl.username and kafka.sasl.password: current value has one`,
    );
}

async function requestToken(
  url: string,
  { sasl, password, timeoutMs }: TokenOptions,
): Promise<{ readonly token: string; readonly lifeMs: number }> {
  const client = sasl.username ?? '';
  const credentials = Buffer.from(`${formEncoded(client)}:${formEncoded(password ?? '')}`).toString('base64');
  const { status, text } = await post(url, {
    authorization: client === '' ? null : `Basic ${credentials}`,
    form: { grant_type: 'client_credentials', ...(sasl.scope === null ? {} : { scope: sasl.scope }) },
    timeoutMs,
  });
  const answer = jsonObject(text);
  if (status >= 500)
    throw new PipelineError('BROKER_UNREACHABLE', `${cannotGet(url)} answer: current status is ${status}`);
  const token = answer['access_token'];
  if (status !== 200 || typeof token !== 'string' || token === '') {
    const reason = typeof answer['error'] === 'string' ? `, "${answer['error'].slice(0, 80)}"` : '';
    throw new PipelineError(
      'BROKER_REFUSED_LOGIN',
      `${cannotGet(url)} grant one to client "${client}": current status is ${status}${reason}`,
    );
  }
  const lifeSeconds = Number(answer['expires_in']);
  return { token, lifeMs: lifeSeconds > 0 ? lifeSeconds * 1000 : LIFE_UNKNOWN_MS };
}

interface FormRequest {
  readonly authorization: string | null;
  readonly form: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

async function post(
  url: string,
  { authorization, form, timeoutMs }: FormRequest,
): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', ...(authorization === null ? {} : { authorization }) },
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > ANSWER_BYTES_MAX) throw new Error(`the answer has more than ${ANSWER_BYTES_MAX} bytes`);
      chunks.push(chunk as Uint8Array);
    }
    return { status: response.status, text: Buffer.concat(chunks).toString('utf8') };
  } catch (cause) {
    throw new PipelineError('BROKER_UNREACHABLE', `${cannotGet(url)} answer: ${failureText(cause)}`, {
      cause,
    });
  }
}

function cannotGet(url: string): string {
  const { origin, pathname } = new URL(url);
  return `Cannot get a token as kafka.sasl.tokenUrl "${origin}${pathname}" must`;
}

/** fetch() says only that it failed; why is in its cause. */
function failureText(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
