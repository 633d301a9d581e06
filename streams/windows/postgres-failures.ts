import { DatabaseError } from 'pg';
import type { ErrorCode } from '../../core/index.ts';
import { PipelineError, systemErrorCode } from '../../core/index.ts';

/**
 * What PostgreSQL's conditions mean to a user; by SQLSTATE, else by its class, the first two characters.
 *
 * @source PostgreSQL documentation, appendix A
 */
const CODE_BY_STATE: Readonly<Record<string, ErrorCode>> = {
  // The connection is gone, or may not be had now.
  '08': 'STORE_UNREACHABLE',
  '53': 'STORE_UNREACHABLE',
  '57': 'STORE_UNREACHABLE',
  '25P03': 'STORE_UNREACHABLE',
  // A standby, in the middle of a change of roles.
  '25006': 'STORE_UNREACHABLE',
  // Another transaction was in the way: see `isConflict`.
  '40': 'STORE_UNREACHABLE',
  '55P03': 'STORE_UNREACHABLE',
  '53100': 'OUTPUT_NO_SPACE',
  '28': 'STORE_FORBIDDEN',
  '42501': 'STORE_FORBIDDEN',
  '3D000': 'CONFIG_INVALID',
  '42939': 'CONFIG_INVALID',
};

/** What TLS says of a certificate that is not to be trusted. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ERR_TLS/;
const CONFLICT_STATES: readonly string[] = ['40001', '40P01'];

/** True for an error of the server that leaves its connection usable. */
export function leavesConnection(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity !== 'FATAL' && error.severity !== 'PANIC';
}

/** True if a transaction was given up for another one and may succeed when run again. */
export function isConflict(error: unknown): boolean {
  return error instanceof PipelineError && CONFLICT_STATES.includes(String(error.details['sqlState']));
}

/**
 * The operational failure behind an error of the driver.
 *
 * @param place of the database, without any secret
 */
export function postgresFailure(error: unknown, place: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const [code, details] = codeOf(error);
  return new PipelineError(code, `${actionOf(code)} ${place}: ${reasonOf(error)}`, { cause: error, details });
}

function codeOf(error: unknown): readonly [code: ErrorCode, details: Readonly<Record<string, unknown>>] {
  if (error instanceof DatabaseError) {
    const sqlState = error.code ?? '';
    const code = CODE_BY_STATE[sqlState] ?? CODE_BY_STATE[sqlState.slice(0, 2)] ?? 'STORE_UNREADABLE';
    return [code, { sqlState }];
  }
  const system = systemErrorCode(error) ?? '';
  if (UNTRUSTED.test(system)) return ['STORE_FORBIDDEN', {}];
  // The files that the address names.
  if (system === 'ENOENT' || system === 'EACCES') return ['CONFIG_INVALID', {}];
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('SASL')) return ['STORE_FORBIDDEN', {}];
  return [message.includes('does not support SSL') ? 'CONFIG_INVALID' : 'STORE_UNREACHABLE', {}];
}

function actionOf(code: ErrorCode): string {
  if (code === 'STORE_UNREACHABLE') return 'Cannot reach PostgreSQL at';
  if (code === 'OUTPUT_NO_SPACE') return 'Cannot write, as its disk is full, to PostgreSQL at';
  return 'Cannot use PostgreSQL at';
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Where a name has several addresses, the error has no message of its own.
  const text = error.message.split('\n')[0] || (systemErrorCode(error) ?? error.name);
  if (text.endsWith('password must be a string')) return 'it asks for a password, and none is given';
  return error instanceof DatabaseError && error.hint !== undefined
    ? `${text} (${error.hint.split('\n')[0]})`
    : text;
}
