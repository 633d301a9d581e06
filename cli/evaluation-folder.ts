import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PipelineError, jsonText, outputFailure, systemErrorCode } from '../core/index.ts';

const LINES_FILE = 'evaluation.jsonl';

/** Where an evaluation's results go as they are found: what a run that is stopped has found out stays. */
export class EvaluationFolder {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Found out before the work begins.
   *
   * @param folder new or empty
   * @throws PipelineError OUTPUT_UNUSABLE
   */
  static async requireEmpty(folder: string): Promise<void> {
    const entries = await readdir(folder).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw outputFailure(error, folder);
    });
    if (entries.length > 0)
      throw new PipelineError(
        'OUTPUT_UNUSABLE',
        `Cannot write the evaluation to "${folder}" as the folder must be new or empty: ` +
          `current value is ${entries.length} entries`,
      );
  }

  /**
   * Makes the folder unless it is there.
   *
   * @param folder new or empty
   * @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
   */
  static async open(folder: string): Promise<EvaluationFolder> {
    await EvaluationFolder.requireEmpty(folder);
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw outputFailure(error, folder);
    });
    return new EvaluationFolder(folder);
  }

  /** Adds a line of results. @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE */
  async addLine(line: object): Promise<void> {
    await this.#do((file) => appendFile(file, `${jsonText(line)}\n`), LINES_FILE);
  }

  /** Writes a file. @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE */
  async write(file: string, text: string): Promise<void> {
    await this.#do((target) => writeFile(target, text), file);
  }

  async #do(work: (file: string) => Promise<void>, name: string): Promise<void> {
    const file = path.join(this.#folder, name);
    await work(file).catch((error: unknown) => {
      throw outputFailure(error, file);
    });
  }
}
