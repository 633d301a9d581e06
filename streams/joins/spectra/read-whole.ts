import { readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Result } from '../../../core/index.ts';
import { rejected, systemErrorCode } from '../../../core/index.ts';

const gunzipped = promisify(gunzip);

/** A file's content, uncompressed, unless it is larger than allowed. */
export async function readWhole(file: string, bytesMax: number): Promise<Result<Buffer>> {
  const invalid = (rule: string, value: string): Result<Buffer> =>
    rejected('SPECTRUM_INVALID', `Cannot read "${file}" as ${rule}: current value is ${value}`);
  const tooLarge = `a file of one spectrum has at most ${bytesMax} bytes (join.spectrumFileBytesMax)`;
  try {
    const about = await stat(file);
    if (!about.isFile()) return invalid('it must be a file', 'something else');
    if (about.size > bytesMax) return invalid(tooLarge, `${about.size} bytes`);
    const bytes = await readFile(file);
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { ok: true, value: bytes };
    return { ok: true, value: await gunzipped(bytes, { maxOutputLength: bytesMax }) };
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') return invalid(tooLarge, 'more when uncompressed');
    return invalid('it must be readable and whole', code ?? String(error));
  }
}
