import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../../core/index.ts';
import { output } from './processes.ts';

const VALID_DAYS = '2';

/** An authority of a test's own, and what it has signed: PEM files in the test's folder. */
export interface Certificates {
  readonly caFile: string;
  /** Another authority, which has signed nothing. */
  readonly otherCaFile: string;
  /** The brokers' key and certificate in one file; the certificate is for `localhost` alone, not for 127.0.0.1. */
  readonly brokerFile: string;
  /** A client's, of the principal `User:CN=client`. */
  readonly clientCertFile: string;
  readonly clientKeyFile: string;
}

/** Makes an authority and certificates with the openssl program. */
export function makeCertificates(folder: string): Certificates {
  const caFile = makeAuthority(folder, 'ca');
  const broker = makeSigned(folder, 'broker', ['-addext', 'subjectAltName=DNS:localhost']);
  const client = makeSigned(folder, 'client', []);
  const brokerFile = path.join(folder, 'broker.pem');
  writeFileSync(brokerFile, readFileSync(broker.keyFile, 'utf8') + readFileSync(broker.certFile, 'utf8'));
  return {
    caFile,
    otherCaFile: makeAuthority(folder, 'other-ca'),
    brokerFile,
    clientCertFile: client.certFile,
    clientKeyFile: client.keyFile,
  };
}

/** A token for OAUTHBEARER without a signature, which the brokers of these tests take. */
export function unsignedToken(user: string, lifetimeMs = 3_600_000): string {
  const issuedS = Math.floor(systemClock.nowMs() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { sub: user, iat: issuedS, exp: issuedS + Math.floor(lifetimeMs / 1000) };
  return `${part({ alg: 'none' })}.${part(claims)}.`;
}

function makeAuthority(folder: string, name: string): string {
  const { certFile, keyFile } = filesOf(folder, name);
  const subject = ['-subj', `/CN=${name} of a test`, '-days', VALID_DAYS];
  openssl('req', '-x509', ...newKey(keyFile), ...subject, '-out', certFile);
  return certFile;
}

function makeSigned(
  folder: string,
  name: string,
  extensions: readonly string[],
): { readonly certFile: string; readonly keyFile: string } {
  const { certFile, keyFile } = filesOf(folder, name);
  const ca = filesOf(folder, 'ca');
  const request = path.join(folder, `${name}.csr`);
  openssl('req', ...newKey(keyFile), '-subj', `/CN=${name}`, ...extensions, '-out', request);
  const signing = ['-CA', ca.certFile, '-CAkey', ca.keyFile, '-CAcreateserial', '-copy_extensions', 'copy'];
  openssl('x509', '-req', '-in', request, ...signing, '-days', VALID_DAYS, '-out', certFile);
  return { certFile, keyFile };
}

function filesOf(folder: string, name: string): { readonly certFile: string; readonly keyFile: string } {
  return { certFile: path.join(folder, `${name}-cert.pem`), keyFile: path.join(folder, `${name}-key.pem`) };
}

function newKey(keyFile: string): string[] {
  return ['-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile];
}

function openssl(...args: readonly string[]): void {
  output('openssl', args);
}
