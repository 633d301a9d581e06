import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outputFailure } from '../core/index.ts';
import type { Alert } from '../core/index.ts';

/** A folder that packets' images are written to, as packed: `SURVEY-OBJECT-ALERT-NAME.EXTENSION`. */
export class CutoutFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes the folder if it is not there.
   *
   * @throws PipelineError OUTPUT_UNUSABLE
   */
  static async open(folder: string): Promise<CutoutFolder> {
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw outputFailure(cause, folder);
    }
    return new CutoutFolder(folder);
  }

  /** @throws PipelineError OUTPUT_NO_SPACE or OUTPUT_UNUSABLE */
  async write(alert: Alert): Promise<void> {
    for (const { name, bytes } of alert.cutouts) {
      const parts = [alert.survey, alert.objectId, alert.alertId ?? alert.mjdTai, name].map(fileNamePart);
      const file = path.join(this.#folder, `${parts.join('-')}.${extensionOf(bytes)}`);
      try {
        await writeFile(file, bytes);
      } catch (cause) {
        throw outputFailure(cause, file);
      }
    }
  }
}

/** Ids come from packets: in a file's name they may hold nothing that leads elsewhere. */
function fileNamePart(value: bigint | number | string): string {
  return String(value)
    .replaceAll(/[^\w.+]/g, '_')
    .slice(0, 80);
}

function extensionOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'fits.gz';
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return 'jpg';
  return Buffer.from(bytes.subarray(0, 6)).toString('latin1') === 'SIMPLE' ? 'fits' : 'bin';
}
