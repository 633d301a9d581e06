import { access, constants, stat } from 'node:fs/promises';
import { PipelineError, systemErrorCode } from '../../../core/index.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './finding.ts';
import type { Finding } from './finding.ts';

const MIB = 1024 * 1024;

/** Whether the catalogue that the service joins is there; that it can be used is seen when it is read whole, at the start. */
export const catalogueCheck: Check = { what: 'catalogue', find: findCatalogue };

async function findCatalogue({ config }: CheckContext): Promise<readonly Finding[]> {
  const file = config.join.catalogueFile;
  if (file === null) return [];
  try {
    await access(file, constants.R_OK);
    const { size } = await stat(file);
    return [found.ok('catalogue', `"${file}" is readable, ${(size / MIB).toFixed(1)} MiB`)];
  } catch (cause) {
    const code = systemErrorCode(cause) ?? String(cause);
    throw new PipelineError('INPUT_UNREADABLE', `Cannot read join.catalogueFile "${file}": ${code}`, {
      cause,
    });
  }
}
