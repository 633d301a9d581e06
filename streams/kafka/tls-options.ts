import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import { PipelineError } from '../../core/index.ts';
import type { Config } from '../../core/index.ts';
import { configuredFile } from './secret-file.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What `kafka.tls` says, with its files read and looked through, so that a wrong one is named before anything connects.
 *
 * @returns `undefined` for no encryption
 * @throws PipelineError CONFIG_INVALID naming key and file
 */
export function tlsOptions(tls: Config['kafka']['tls']): ConnectionOptions | undefined {
  if (tls === null) return undefined;
  const { caFile, certFile, keyFile, serverName } = tls;
  return {
    ...(caFile === null ? {} : { ca: certificates('kafka.tls.caFile', caFile) }),
    ...(certFile === null ? {} : { cert: certificates('kafka.tls.certFile', certFile).join('\n') }),
    ...(keyFile === null ? {} : { key: privateKey('kafka.tls.keyFile', keyFile) }),
    ...(certFile === null || keyFile === null ? {} : checkPair(certFile, keyFile)),
    ...(serverName === null ? {} : { servername: serverName }),
  };
}

/** Every certificate of a PEM file. */
function certificates(key: string, file: string): string[] {
  const found = configuredFile(key, file).match(CERTIFICATE) ?? [];
  if (found.length === 0) throw notUsable(key, file, 'it must hold certificates in PEM');
  for (const text of found) {
    try {
      new X509Certificate(text);
    } catch (cause) {
      throw notUsable(key, file, 'a certificate in it is damaged', cause);
    }
  }
  return [...found];
}

function privateKey(key: string, file: string): string {
  const text = configuredFile(key, file);
  try {
    createPrivateKey(text);
    return text;
  } catch (cause) {
    throw notUsable(key, file, 'it must hold a private key in PEM, without a passphrase', cause);
  }
}

function checkPair(certFile: string, keyFile: string): Record<string, never> {
  const certificate = new X509Certificate(configuredFile('kafka.tls.certFile', certFile));
  const key = createPrivateKey(configuredFile('kafka.tls.keyFile', keyFile));
  if (!certificate.checkPrivateKey(key))
    throw notUsable('kafka.tls.keyFile', keyFile, `it must be the key of "${certFile}"`);
  return {};
}

function notUsable(key: string, file: string, rule: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'CONFIG_INVALID',
    `Cannot use the file of ${key} as ${rule}: current value is "${file}"`,
    {
      cause,
    },
  );
}
