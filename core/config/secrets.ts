import type { Config } from './config.ts';
import { isPlainObject } from './config-file.ts';
import { variableOf } from './key-tree.ts';
import { hasPassword, masked, maskedUrl } from './secret-urls.ts';

/** Keys whose value is a secret: each has a companion that names a file, with "File" at its end. */
export const SECRET_KEYS = [
  ['kafka', 'sasl', 'password'],
  ['webhook', 'secret'],
  ['store', 'password'],
] as const;

/** Keys whose value is a URL, which may bring a secret with it. */
const URL_KEYS = [
  ['registry', 'url'],
  ['store', 'url'],
  ['kafka', 'sasl', 'tokenUrl'],
  ['webhook', 'url'],
] as const;

/** Secrets that a configuration file holds, where they do not belong: one phrase each. */
export function secretsInFile(content: unknown): readonly string[] {
  const given = SECRET_KEYS.filter((path) => (valueAt(content, path) ?? null) !== null).map(
    (path) =>
      `${path.join('.')} is a secret, which must not be in the file: give ${variableOf(path)} or ${path.join('.')}File`,
  );
  const urls = URL_KEYS.filter((path) => {
    const url = valueAt(content, path);
    return typeof url === 'string' && hasPassword(url);
  }).map(
    (path) => `${path.join('.')} has a password, which must not be in the file: give ${urlAdvice(path)}`,
  );
  return [...given, ...urls];
}

function urlAdvice(path: readonly string[]): string {
  return path[0] === 'store'
    ? `${variableOf(['store', 'password'])} or store.passwordFile`
    : variableOf(path);
}

/** Whether the value of a key must not be shown: a secret, or what may hold one. */
export function isConfidential(path: readonly PropertyKey[]): boolean {
  return [...SECRET_KEYS, ...URL_KEYS].some((secret) => secret.join('.') === path.join('.'));
}

/** A configuration that can be shown: secrets and the secret parts of URLs are replaced by "***". */
export function maskedConfig(config: Config): Config {
  const { kafka, registry, store, webhook } = config;
  const sasl = kafka.sasl && {
    ...kafka.sasl,
    password: masked(kafka.sasl.password),
    tokenUrl: kafka.sasl.tokenUrl === null ? null : maskedUrl(kafka.sasl.tokenUrl),
  };
  return {
    ...config,
    kafka: { ...kafka, sasl },
    registry: { ...registry, url: registry.url === null ? null : maskedUrl(registry.url) },
    store: {
      ...store,
      url: store.url === null ? null : maskedUrl(store.url),
      password: masked(store.password),
    },
    webhook: {
      ...webhook,
      url: webhook.url === null ? null : maskedUrl(webhook.url, { pathIsSecret: true }),
      secret: masked(webhook.secret),
    },
  };
}

/** What stands at a place of a parsed document; `undefined` where there is none. */
export function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return (value as readonly unknown[])[Number(key)];
    return isPlainObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
  }, content);
}
