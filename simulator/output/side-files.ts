import { mkdir, open, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { CATALOGUE_RATIO, drawJoins } from '../joins.ts';
import type { SimulatedPacket } from '../simulation.ts';
import { sampleSpectrum } from '../sky/sample-spectrum.ts';
import { CATALOGUE_HEADER, TRUTH_HEADER, catalogueRow, spectrumText, truthRow } from './tables.ts';

/** Lines are gathered up to this length before they are written. */
const TEXT_LENGTH_MAX = 65_536;

/** Lines of one text file, written in larger pieces. */
class LineFile {
  readonly #handle: FileHandle;
  #text: string;

  constructor(handle: FileHandle, header: string) {
    this.#handle = handle;
    this.#text = `${header}\n`;
  }

  async add(line: string): Promise<void> {
    this.#text += `${line}\n`;
    if (this.#text.length > TEXT_LENGTH_MAX) await this.#flush();
  }

  async #flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    await this.#handle.writeFile(text);
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
    }
  }
}

/** What lies beside an archive of packets: the truth, a catalogue, spectra. */
export class SideFiles {
  readonly #seed: string;
  readonly #truth: LineFile;
  readonly #catalogue: LineFile;
  readonly #spectraFolder: string;
  readonly #spectraRatio: number;
  #spectraCount = 0;

  private constructor(options: {
    readonly seed: string;
    readonly truth: LineFile;
    readonly catalogue: LineFile;
    readonly spectraFolder: string;
    readonly spectraRatio: number;
  }) {
    this.#seed = options.seed;
    this.#truth = options.truth;
    this.#catalogue = options.catalogue;
    this.#spectraFolder = options.spectraFolder;
    this.#spectraRatio = options.spectraRatio;
  }

  static async open(options: {
    readonly seed: string;
    readonly truth: string;
    readonly catalogue: string;
    readonly spectraFolder: string;
    /** Share of the objects that get a spectrum, 0–1. */
    readonly spectraRatio: number;
  }): Promise<SideFiles> {
    await mkdir(options.spectraFolder);
    const truth = new LineFile(await open(options.truth, 'w'), TRUTH_HEADER);
    const catalogue = new LineFile(await open(options.catalogue, 'w'), CATALOGUE_HEADER);
    return new SideFiles({ ...options, truth, catalogue });
  }

  get spectraCount(): number {
    return this.#spectraCount;
  }

  /** Takes in an object at its first alert. */
  async add({ observed, planned, truth, mjdTai }: SimulatedPacket): Promise<void> {
    const ratios = { spectrumRatio: this.#spectraRatio, catalogueRatio: CATALOGUE_RATIO };
    const { hasSpectrum, hasEntry } = drawJoins(this.#seed, planned.index, ratios);
    await this.#truth.add(truthRow(truth));
    if (hasEntry) await this.#catalogue.add(catalogueRow(observed));
    if (!hasSpectrum) return;
    const objectId = String(truth.objectId);
    const spectrum = sampleSpectrum(observed.object, { objectId, mjdTai, seed: this.#seed });
    if (spectrum === null) return;
    await writeFile(path.join(this.#spectraFolder, `${objectId}.txt`), spectrumText(spectrum));
    this.#spectraCount++;
  }

  async close(): Promise<void> {
    await Promise.all([this.#truth.close(), this.#catalogue.close()]);
  }
}
