import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { PipelineError, systemErrorCode } from '../../core/index.ts';
import type { Manifest } from '../releases/manifest.ts';
import { listNames, tensorsFault } from '../releases/tensor-faults.ts';
import { releaseFile, writeRelease } from '../releases/write-release.ts';
import { readSafetensors } from '../safetensors/reader.ts';
import { writeSafetensors } from '../safetensors/writer.ts';
import { float32Tensor } from '../tensor.ts';
import type { Tensor, Tensors } from '../tensor.ts';
import { architectureFromConfig } from './architecture.ts';
import type { PaperArchitecture, PaperLayout } from './architecture.ts';
import { drawIndexSample } from './index-sample.ts';
import { positionalEncoding } from './positional-encoding.ts';
import { INDEX_SAMPLE, PAPER_INPUTS, paperPartFault, paperTensors } from './release-part.ts';
import type { PaperPart } from './release-part.ts';

export interface ImportOptions {
  /** The published state dict, safetensors. */
  readonly weightsFile: string;
  /** The published config.json. */
  readonly configFile: string;
  /** Folder of the release; new or empty. */
  readonly folder: string;
  readonly name: string;
  readonly layout: PaperLayout;
}

/** Drawn once with this seed: the research code draws anew at each call, so no other draw would be more right. */
const INDEX_SAMPLE_SEED = 'astrom3';

/** A table in the state dict that is computed here, so that it is checked and not stored. */
const POSITION_TABLE = 'photometry_encoder.enc_embedding.position_embedding.pe';

/** The largest difference that float32 sines of float32 angles up to 5000 leave between libraries. */
const POSITION_TOLERANCE = 1e-3;

/**
 * Makes a release of published AstroM³ weights.
 *
 * @throws PipelineError INPUT_NOT_FOUND, INPUT_UNREADABLE, TENSORS_INVALID; CONFIG_INVALID if the configuration is not one;
 *   RELEASE_INVALID naming tensors that are missing, unexpected or of another shape; OUTPUT_UNUSABLE, OUTPUT_NO_SPACE
 */
export async function importAstroM3(options: ImportOptions): Promise<Manifest> {
  const { weightsFile, configFile, folder, name, layout } = options;
  const part: PaperPart = {
    layout,
    architecture: await readArchitecture(configFile),
    indexSampleSeed: INDEX_SAMPLE_SEED,
    inputs: PAPER_INPUTS,
    preprocessing: { photometryAuxiliary: null, metadata: null },
    head: null,
  };
  const partFault = paperPartFault(part);
  if (partFault !== null)
    throw new PipelineError('CONFIG_INVALID', `Cannot import "${configFile}" as ${partFault}`);
  const weights = checkedWeights(await readSafetensors(weightsFile), part, weightsFile);
  return writeRelease(folder, async (draft) => {
    const file = 'weights.safetensors';
    await writeSafetensors(
      path.join(draft, file),
      new Map([...weights, [INDEX_SAMPLE, drawIndexSample(part)] as const]),
    );
    return {
      formatVersion: 1,
      name,
      profile: 'paper',
      model: part,
      weights: {
        ...(await releaseFile(draft, file)),
        parameters: [...weights.values()].reduce((total, { data }) => total + data.length, 0),
        origin: 'imported',
        seed: null,
        note: `State dict "${path.basename(weightsFile)}" of the published layout.`,
      },
      bank: null,
      calibration: null,
      training: null,
    };
  });
}

async function readArchitecture(configFile: string): Promise<PaperArchitecture> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(configFile, 'utf8'));
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT')
      throw new PipelineError('INPUT_NOT_FOUND', `Cannot read "${configFile}" as there is no such file`, {
        cause,
      });
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PipelineError('CONFIG_INVALID', `Cannot read "${configFile}" as JSON: ${why}`, { cause });
  }
  try {
    return architectureFromConfig(json);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    const faults = cause.issues.map(({ path: at, message }) => `${at.join('.') || 'top level'}: ${message}`);
    throw new PipelineError(
      'CONFIG_INVALID',
      `Cannot use "${configFile}" as a configuration: ${faults.join('; ')}`,
      {
        cause,
      },
    );
  }
}

/** The weights that a release keeps, in a fixed order. */
function checkedWeights(found: Tensors, part: PaperPart, file: string): Tensors {
  const expected = new Map([...paperTensors(part)].filter(([name]) => name !== INDEX_SAMPLE));
  const unexpected = [...found.keys()].filter((name) => !expected.has(name) && name !== POSITION_TABLE);
  const faults = [
    tensorsFault(found, expected),
    unexpected.length === 0 ? null : `unexpected are ${listNames(unexpected)}`,
    positionFault(found.get(POSITION_TABLE), part.architecture.photometry),
  ].filter((fault) => fault !== null);
  if (faults.length > 0)
    throw new PipelineError(
      'RELEASE_INVALID',
      `Cannot import "${file}" as a state dict: ${faults.join('; ')}`,
    );
  return new Map([...expected.keys()].sort().map((name) => [name, found.get(name)!]));
}

/** The research code's table of positions, where the file has it, must be the one that is computed here. */
function positionFault(
  table: Tensor | undefined,
  { length, dimensions }: PaperArchitecture['photometry'],
): string | null {
  if (table === undefined) return null;
  const [one, rows = 0, width] = table.shape;
  if (
    table.dtype !== 'float32' ||
    one !== 1 ||
    rows < length ||
    width !== dimensions ||
    table.shape.length !== 3
  )
    return `"${POSITION_TABLE}" must be float32[1, at least ${length}, ${dimensions}]: current value is ${table.dtype}[${table.shape.join(', ')}]`;
  const computed = float32Tensor(positionalEncoding(length, dimensions), [length, dimensions]);
  const different = computed.data.findIndex(
    (value, i) => !(Math.abs(value - table.data[i]!) <= POSITION_TOLERANCE),
  );
  return different === -1 ? null : `"${POSITION_TABLE}" is not the sinusoidal encoding of the index`;
}
