import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { outputFailure, PipelineError, systemErrorCode } from '../../../core/index.ts';
import { sha256Of } from '../../releases/release.ts';
import { readSafetensors } from '../../safetensors/reader.ts';
import { writeSafetensors } from '../../safetensors/writer.ts';
import type { NamedTensors } from '../../sessions/runtime.ts';
import { checkpointSchema } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { syncFolder, writeDurably } from '../../durable-file.ts';

const MARKER = 'current.json';
const CHECKPOINT = 'checkpoint.json';
const STATE = 'state.safetensors';

/** Which checkpoints are whole, newest first. */
const markerSchema = z.strictObject({ checkpoints: z.array(z.string().regex(/^step-\d+(-\d+)?$/)).max(16) });

/** The newest one, and one to fall back on. */
const KEPT = 2;

/** What lies in a checkpoint's folder beside the tensors. */
const storedSchema = z.strictObject({ checkpoint: checkpointSchema, stateSha256: z.string() });

/** A file of weights beside the checkpoints, and what it must hold. */
export interface BestFile {
  readonly file: string;
  readonly sha256: string;
}

/** A checkpoint with its tensors. */
export interface StoredCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly state: NamedTensors;
}

/**
 * The checkpoints of a run. Each is a folder that is whole before it has its name, and counts from the moment at which a
 * marker names it: a crash at any time leaves the one before.
 */
export class CheckpointFolder {
  readonly folder: string;
  /** Checkpoints that this object has written, or found whole. */
  readonly #whole = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The newest checkpoint that can be read.
   *
   * @param notice told in a sentence if that is not the newest one
   * @returns `null` if there is none
   * @throws PipelineError OUTPUT_UNUSABLE if none that is marked can be read
   */
  async load(notice: (text: string) => void): Promise<StoredCheckpoint | null> {
    const names = await this.#marked();
    if (names.length === 0) return null;
    const { value, name } = await this.#firstReadable(names, async (candidate) => ({
      checkpoint: await this.#readWhole(candidate),
      state: Object.fromEntries(await readSafetensors(path.join(this.folder, candidate, STATE))),
    }));
    if (name !== names[0])
      notice(`Checkpoint "${names[0] ?? ''}" cannot be read: going on from "${name}" instead`);
    return value;
  }

  /** @throws PipelineError OUTPUT_UNUSABLE, OUTPUT_NO_SPACE */
  async save({ checkpoint, state }: StoredCheckpoint): Promise<void> {
    await this.#guarded(async () => {
      await mkdir(this.folder, { recursive: true });
      const older = await this.#wholeOf(await this.#marked());
      const name = this.#freeName(`step-${checkpoint.state.step}`, '');
      const draft = path.join(this.folder, `${name}.partial`);
      await rm(draft, { recursive: true, force: true });
      await mkdir(draft);
      await writeSafetensors(path.join(draft, STATE), new Map(Object.entries(state)));
      const stateSha256 = await sha256Of(path.join(draft, STATE));
      const text = JSON.stringify({ stateSha256, checkpoint }, null, 1);
      await writeDurably(path.join(draft, CHECKPOINT), `${text}\n`);
      await rename(draft, path.join(this.folder, name));
      await syncFolder(this.folder);
      const kept = [name, ...older].slice(0, KEPT);
      await this.#mark(kept);
      for (const gone of older.slice(KEPT - 1)) this.#whole.delete(gone);
      this.#whole.add(name);
      await this.#prune(kept);
    });
  }

  /**
   * Writes the weights of the best epoch so far beside the checkpoints, and removes those that none of them needs.
   *
   * @returns for the checkpoint that refers to it
   */
  async saveBest(step: number, parameters: NamedTensors): Promise<BestFile> {
    return this.#guarded(async () => {
      await mkdir(this.folder, { recursive: true });
      const file = this.#freeName(`best-${step}`, '.safetensors');
      await writeSafetensors(path.join(this.folder, file), new Map(Object.entries(parameters)));
      await syncFolder(this.folder);
      await this.#prune([...(await this.#marked()), file]);
      return { file, sha256: await sha256Of(path.join(this.folder, file)) };
    });
  }

  /** @throws PipelineError OUTPUT_UNUSABLE if it is not what was written */
  async readBest({ file, sha256 }: BestFile): Promise<NamedTensors> {
    await this.#requireSha256(file, sha256);
    return Object.fromEntries(await readSafetensors(path.join(this.folder, file)));
  }

  /** A second one of one step gets a name of its own, so that the first counts until then. */
  #freeName(name: string, extension: string): string {
    for (let again = 1; ; again++) {
      const candidate = `${again === 1 ? name : `${name}-${again}`}${extension}`;
      if (!existsSync(path.join(this.folder, candidate))) return candidate;
    }
  }

  #mark(checkpoints: readonly string[]): Promise<void> {
    return writeDurably(path.join(this.folder, MARKER), `${JSON.stringify({ checkpoints })}\n`);
  }

  async #marked(): Promise<readonly string[]> {
    const file = path.join(this.folder, MARKER);
    try {
      return markerSchema.parse(JSON.parse(await readFile(file, 'utf8'))).checkpoints;
    } catch (cause) {
      if (systemErrorCode(cause) === 'ENOENT') return [];
      throw new PipelineError(
        'OUTPUT_UNUSABLE',
        `Cannot go on from "${file}" as it is no marker of checkpoints`,
        {
          cause,
        },
      );
    }
  }

  async #readJson(name: string): Promise<z.infer<typeof storedSchema>> {
    const file = path.join(name, CHECKPOINT);
    const parsed = storedSchema.safeParse(JSON.parse(await readFile(path.join(this.folder, file), 'utf8')));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    const why = `${issue?.path.join('.') || 'top level'}: ${issue?.message ?? ''}`;
    throw new PipelineError('OUTPUT_UNUSABLE', `"${file}" is of another form: ${why}`, {
      cause: parsed.error,
    });
  }

  /** A checkpoint whose tensors, and the best weights that it refers to, are what was written. */
  async #readWhole(name: string): Promise<Checkpoint> {
    this.#whole.delete(name);
    const { checkpoint, stateSha256 } = await this.#readJson(name);
    await this.#requireSha256(path.join(name, STATE), stateSha256);
    const { best } = checkpoint.state;
    if (best !== null) await this.#requireSha256(best.file, best.sha256);
    this.#whole.add(name);
    return checkpoint;
  }

  /** Those that can be gone on from: others must not take the place of one that can. */
  async #wholeOf(names: readonly string[]): Promise<readonly string[]> {
    const whole: string[] = [];
    for (const name of names) {
      if (!this.#whole.has(name)) await this.#readWhole(name).catch(() => null);
      if (this.#whole.has(name)) whole.push(name);
    }
    return whole;
  }

  async #requireSha256(file: string, sha256: string): Promise<void> {
    const current = await sha256Of(path.join(this.folder, file));
    if (current === sha256) return;
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot go on from "${path.join(this.folder, file)}" as it must have the sha256 ${sha256}: current value is ${current}`,
    );
  }

  async #firstReadable<T>(
    names: readonly string[],
    read: (name: string) => Promise<T>,
  ): Promise<{ readonly value: T; readonly name: string }> {
    let failure: unknown = null;
    for (const name of names) {
      try {
        return { value: await read(name), name };
      } catch (cause) {
        failure ??= cause;
      }
    }
    const why = failure instanceof Error ? (failure.message.split('\n')[0] ?? '') : String(failure);
    throw new PipelineError(
      'OUTPUT_UNUSABLE',
      `Cannot go on from "${this.folder}" as none of its ${names.length} checkpoints can be read: ${why}`,
      { cause: failure },
    );
  }

  /** Removes all that no kept checkpoint needs, also what crashes left behind. */
  async #prune(kept: readonly string[]): Promise<void> {
    const needed = new Set([MARKER, ...kept]);
    for (const name of kept) {
      const best = (await this.#readJson(name).catch(() => null))?.checkpoint.state.best;
      if (best !== null && best !== undefined) needed.add(best.file);
    }
    for (const entry of await readdir(this.folder)) {
      if (!needed.has(entry)) await rm(path.join(this.folder, entry), { recursive: true, force: true });
    }
  }

  async #guarded<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      throw outputFailure(cause, this.folder);
    }
  }
}
