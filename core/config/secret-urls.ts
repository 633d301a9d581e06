const MASK = '***';

/** A user's password, or a parameter that PostgreSQL's clients take for one. */
const PASSWORD_IN_URL = /^[^:/?#]+:\/\/[^/?#@]*:[^/?#]+@|[?&]password=/i;

/** Whether a URL, well formed or not, brings a password. */
export function hasPassword(url: string): boolean {
  return PASSWORD_IN_URL.test(url);
}

/**
 * A URL that can be shown: without password, parameters and fragment.
 *
 * @param options.pathIsSecret true where the path is a secret too, as with the webhooks of chat services
 * @example maskedUrl('https://me:word@host/a?token=1') // 'https://me:***@host/a?***'
 */
export function maskedUrl(text: string, options: { readonly pathIsSecret?: boolean } = {}): string {
  if (!URL.canParse(text)) return MASK;
  const url = new URL(text);
  if (url.password !== '') url.password = MASK;
  else if (url.username !== '' && url.protocol.startsWith('http')) url.username = MASK;
  if (url.search !== '') url.search = MASK;
  url.hash = '';
  if (options.pathIsSecret === true && url.pathname.length > 1) url.pathname = `/${MASK}`;
  return url.href;
}

/** What is shown in place of a secret. */
export function masked(secret: string | null): string | null {
  return secret === null ? null : MASK;
}
