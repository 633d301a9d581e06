import { readFileSync } from 'node:fs';
import { PipelineError, systemErrorCode } from '../../core/index.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
};

/**
 * Text of a file that the configuration names.
 *
 * @param key the key that names it, for the message
 * @throws PipelineError CONFIG_INVALID if it cannot be read
 */
export function configuredFile(key: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const code = systemErrorCode(cause) ?? String(cause);
    const why = REASONS[code] ?? code;
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot read the file of ${key} as ${why}: current value is "${file}"`,
      {
        cause,
      },
    );
  }
}

/**
 * A secret in a file, without the line's end that editors and `kubectl create secret` leave.
 *
 * @throws PipelineError CONFIG_INVALID if it cannot be read, or is empty
 */
export function secretFromFile(key: string, file: string): string {
  const secret = configuredFile(key, file).replace(/\r?\n$/, '');
  if (secret === '')
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot use the file of ${key} as it is empty: current value is "${file}"`,
    );
  return secret;
}
