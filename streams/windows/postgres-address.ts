import type { Config } from '../../core/index.ts';
import { PipelineError, secretFromFile } from '../../core/index.ts';

export type PostgresSettings = Pick<
  Config['store'],
  'url' | 'password' | 'passwordFile' | 'schema' | 'connectionsMax' | 'timeoutMs'
>;

/** Where a database is, and who asks. */
export interface PostgresAddress {
  /** Host and database, for messages. */
  readonly place: string;
  /** With the password: not for messages. */
  readonly connectionString: string;
}

/**
 * @throws PipelineError CONFIG_INVALID if the address cannot be read or holds a password, or the password's file
 *   cannot be read
 */
export function postgresAddress(settings: PostgresSettings): PostgresAddress {
  const url = parsedUrl(settings.url ?? '');
  const { searchParams } = url;
  if (url.password !== '' || searchParams.has('password')) {
    throw new PipelineError(
      'CONFIG_INVALID',
      'Cannot use store.url as secrets are never in it: ' +
        'give the password by store.passwordFile or NIGHTJAR__STORE__PASSWORD',
    );
  }
  const host = searchParams.get('host') ?? url.hostname;
  const port = searchParams.get('port') ?? url.port;
  const database = decodeURIComponent(url.pathname.slice(1));
  // What `sslmode` means then is what PostgreSQL's documentation says.
  if (searchParams.has('sslmode') && !searchParams.has('uselibpqcompat')) {
    searchParams.set('uselibpqcompat', 'true');
  }
  const password = passwordOf(settings);
  // The driver takes what the address says before anything beside it.
  if (password !== null) searchParams.set('password', password);
  return {
    place: `"${host || 'localhost'}:${port || '5432'}/${database}"`,
    connectionString: url.href,
  };
}

function parsedUrl(text: string): URL {
  try {
    const url = new URL(text);
    decodeURIComponent(url.pathname);
    return url;
  } catch {
    // The text itself may hold a password.
    throw new PipelineError(
      'CONFIG_INVALID',
      'Cannot use store.url as it must be like postgres://user@host:5432/database',
    );
  }
}

function passwordOf({ password, passwordFile }: PostgresSettings): string | null {
  if (password !== null || passwordFile === null) return password;
  return secretFromFile('store.passwordFile', passwordFile);
}
