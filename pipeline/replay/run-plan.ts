import { createHash } from 'node:crypto';
import { PipelineError } from '../../core/index.ts';
import type { ArchiveInput } from '../../streams/index.ts';
import type { FolderProgress } from './output-folder.ts';

/** What one call of a replay has to do. */
export interface RunPlan {
  /** Inputs that no earlier call has read to their end. */
  readonly inputs: readonly ArchiveInput[];
  /** Packets of theirs that an interrupted call has already ended. */
  readonly packetsDone: number;
  readonly inputsSha256: string;
  /** Hash of everything that records depend on besides their packets: release and settings. */
  readonly settingsSha256: string;
}

interface Wanted {
  readonly inputs: readonly ArchiveInput[];
  readonly settings: unknown;
}

/**
 * Decides what is left to do in an output folder: inputs that are finished are not read again, and an interrupted call is
 * gone on with only by the same inputs and settings, since the order of packets depends on all of them.
 *
 * @throws PipelineError REPLAY_MISMATCH
 */
export function planRun({ folder, checkpoint, finished }: FolderProgress, wanted: Wanted): RunPlan {
  const done = new Set(finished.map(inputText));
  const inputs = wanted.inputs.filter((input) => !done.has(inputText(input)));
  const inputsSha256 = sha256(inputs.map(inputText).join('\n'));
  const settingsSha256 = sha256(JSON.stringify(wanted.settings));
  const current = checkpoint?.current ?? null;
  if (checkpoint !== null && current !== null) {
    if (current.inputsSha256 !== inputsSha256) throw mismatch(folder, 'inputs', current.packets);
    if (checkpoint.settingsSha256 !== settingsSha256) {
      throw mismatch(folder, 'release or settings', current.packets);
    }
  }
  return { inputs, packetsDone: current?.packets ?? 0, inputsSha256, settingsSha256 };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function inputText({ file, byteLength }: ArchiveInput): string {
  return `${byteLength} ${file}`;
}

function mismatch(folder: string, what: string, packets: number): PipelineError {
  return new PipelineError(
    'REPLAY_MISMATCH',
    `Cannot go on in "${folder}" as its interrupted run had other ${what}: current value is ${packets} packets done; finish that run or take another --out`,
  );
}
