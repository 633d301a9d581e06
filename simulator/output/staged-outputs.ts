import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, outputFailure } from '../../core/index.ts';

/**
 * Files and folders written under temporary names beside their final ones and moved there together when all are whole: a
 * run that fails leaves nothing under a final name.
 */
export class StagedOutputs {
  readonly #folder: string;
  readonly #moves: { readonly from: string; readonly to: string }[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param file the main output; staging takes place in its folder, which is made if need be
   * @throws PipelineError OUTPUT_UNUSABLE or OUTPUT_NO_SPACE
   */
  static async beside(file: string): Promise<StagedOutputs> {
    const existing = await stat(file).catch(() => null);
    if (existing?.isDirectory() === true) {
      throw new PipelineError('OUTPUT_UNUSABLE', `Cannot write "${file}" as a file: it is a folder`);
    }
    const folder = path.join(path.dirname(file), `.${path.basename(file)}.partial-${process.pid}`);
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw outputFailure(error, file);
    }
    return new StagedOutputs(folder);
  }

  /** Where to write what will be `finalPath`. Outputs are moved in the order in which they were asked for. */
  pathFor(finalPath: string): string {
    const from = path.join(this.#folder, path.basename(finalPath));
    this.#moves.push({ from, to: finalPath });
    return from;
  }

  /** Moves everything to its final name, replacing what an earlier run left there. */
  async commit(): Promise<void> {
    for (const { from, to } of this.#moves) {
      try {
        const existing = await stat(to).catch(() => null);
        if (existing?.isDirectory() === true) await rename(to, `${from}.replaced`);
        await rename(from, to);
      } catch (error) {
        throw outputFailure(error, to);
      }
    }
    await this.discard();
  }

  /** Removes what is staged. */
  async discard(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
