import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { listArchiveInputs, readArchives } from '../../streams/index.ts';
import { benchConfig, openBenchDecoder } from '../data.ts';
import type { BenchData, BenchSurvey } from '../data.ts';

/** What every variant reads before its packets. */
export interface PacketManifest {
  readonly survey: BenchSurvey;
  /** Avro files of one record each, or messages in Confluent wire format. */
  readonly framing: 'avro' | 'confluent';
  /** Schema file of each Confluent schema id that occurs. */
  readonly schemas: Readonly<Partial<Record<string, string>>>;
  readonly packets: number;
  readonly bytes: number;
  /** Packets that Nightjar rejects: left out, so that all variants read the same. */
  readonly rejected: number;
}

export interface PacketFilesOptions {
  readonly data: BenchData;
  readonly survey: BenchSurvey;
  /** Packets at most; `null` for all. */
  readonly packetsMax: number | null;
}

const MANIFEST = 'manifest.json';
const CONFLUENT_SCHEMA_ID_AT = 1;
/** Schema ids of Rubin's registry: major · 100 + minor. */
const IDS_PER_MAJOR = 100;

/** Writes a survey's packets into a folder, one file a packet, as they were published. */
export async function writePacketFiles(
  folder: string,
  { data, survey, packetsMax }: PacketFilesOptions,
): Promise<PacketManifest> {
  await mkdir(folder, { recursive: true });
  const config = benchConfig(data);
  const decoder = await openBenchDecoder(config);
  const inputs = await listArchiveInputs(data.paths.get(survey) ?? []);
  const framing = survey === 'lsst' ? 'confluent' : 'avro';
  const schemas: Partial<Record<string, string>> = {};
  const counts = { packets: 0, bytes: 0, rejected: 0 };
  for await (const packet of readArchives(inputs, { decoder, archive: config.archive })) {
    if (counts.packets === packetsMax) break;
    if (!packet.result.ok) {
      counts.rejected++;
      continue;
    }
    const bytes = packet.original();
    if (framing === 'confluent') {
      const id = Buffer.from(bytes).readUInt32BE(CONFLUENT_SCHEMA_ID_AT);
      schemas[id] ??= schemaFile(data.schemasDir, id);
    }
    await writeFile(path.join(folder, `${String(counts.packets).padStart(6, '0')}.packet`), bytes);
    counts.packets++;
    counts.bytes += bytes.byteLength;
  }
  const manifest: PacketManifest = { survey, framing, schemas, ...counts };
  await writeFile(path.join(folder, MANIFEST), JSON.stringify(manifest));
  return manifest;
}

/** A folder of packets, in memory. */
export function readPacketFiles(folder: string): {
  readonly manifest: PacketManifest;
  readonly packets: readonly Buffer[];
} {
  const manifest = JSON.parse(readFileSync(path.join(folder, MANIFEST), 'utf8')) as PacketManifest;
  const names = readdirSync(folder).filter((name) => name.endsWith('.packet'));
  return { manifest, packets: names.sort().map((name) => readFileSync(path.join(folder, name))) };
}

function schemaFile(schemasDir: string, id: number): string {
  const [major, minor] = [Math.floor(id / IDS_PER_MAJOR), id % IDS_PER_MAJOR];
  const file = path.join(schemasDir, `${major}.${minor}`, `lsst.v${major}_${minor}.alert.avsc`);
  if (existsSync(file)) return path.resolve(file);
  throw new Error(`Cannot give the variants schema ${id} as there is no "${file}"`);
}
