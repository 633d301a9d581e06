import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { Client } from 'pg';
import { unavailable } from './availability.ts';
import type { ServiceOwner } from './availability.ts';
import { bindLifetime, endProcess, eventually, freePorts, isRunning, output } from './processes.ts';

const DEBIAN = '/usr/lib/postgresql';
const READY_MS_MAX = 30_000;
const DATABASE = 'nightjar';
const USER = 'nightjar';
const PASSWORD = 'nightjar-secret';

/** Small, and without the waits that protect from a failing machine: a killed process loses nothing without them. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  shared_buffers: '32MB',
  max_connections: '60',
  log_line_prefix: '%m [%p] ',
};

/** Who runs the server: it refuses root. */
type ServerUser = { readonly uid: number; readonly gid: number } | null;

/**
 * Starts PostgreSQL for a test and ends it after it. Where it is not installed, the test is skipped and says so, or fails under
 * NIGHTJAR_REQUIRE_POSTGRES=1.
 */
export async function startPostgres(owner: ServiceOwner): Promise<Postgres | null> {
  const programs = programFolder();
  if (programs === null)
    return unavailable(
      owner,
      'NIGHTJAR_REQUIRE_POSTGRES',
      'no PostgreSQL server: install the package "postgresql"',
    );
  const [port = 0] = await freePorts(1);
  const postgres = new Postgres({
    programs,
    port,
    folder: mkdtempSync(path.join(tmpdir(), 'nightjar-postgres-')),
  });
  owner.after(() => postgres.close());
  await postgres.create();
  return postgres;
}

/** A PostgreSQL server with the database `nightjar`. */
export class Postgres {
  /** Of the superuser, who needs no password. */
  readonly url: string;
  /** Of a user who owns the database and needs the password. */
  readonly withPassword: { readonly url: string; readonly user: string; readonly password: string };
  readonly port: number;
  readonly logFile: string;
  readonly #programs: string;
  readonly #folder: string;
  readonly #user: ServerUser;
  #process: ChildProcess | null = null;

  constructor(parts: { readonly programs: string; readonly port: number; readonly folder: string }) {
    const { programs, port, folder } = parts;
    this.port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/${DATABASE}`;
    this.withPassword = {
      url: `postgres://${USER}@127.0.0.1:${port}/${DATABASE}`,
      user: USER,
      password: PASSWORD,
    };
    this.logFile = path.join(folder, 'server.log');
    this.#programs = programs;
    this.#folder = folder;
    this.#user = serverUser();
  }

  /** Makes the cluster of databases, starts the server, and makes the database. */
  async create(): Promise<void> {
    if (this.#user !== null) chownSync(this.#folder, this.#user.uid, this.#user.gid);
    chmodSync(this.#folder, 0o700);
    const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const making = this.#spawn('initdb', ['-D', this.#data, ...options]);
    const [status] = (await once(making, 'exit')) as [number | null];
    if (status !== 0) throw new Error(`Cannot make a database: ${this.#log()}`);
    writeFileSync(path.join(this.#data, 'pg_hba.conf'), hostRules());
    await this.start();
    const admin = new Client({ connectionString: `postgres://postgres@127.0.0.1:${this.port}/postgres` });
    await admin.connect();
    await admin.query(`create role ${USER} login password '${PASSWORD}'`);
    await admin.query(`create database ${DATABASE} owner ${USER}`);
    await admin.end();
  }

  /** Starts a server that was killed or stopped, and waits until it answers. */
  async start(): Promise<void> {
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    await eventually('PostgreSQL', READY_MS_MAX, async () => {
      // The processes of a server that was killed keep its memory for a moment, and a new one refuses to start.
      if (this.#process === null || !isRunning(this.#process)) {
        this.#process = this.#spawn('postgres', ['-D', this.#data, '-p', String(this.port), ...settings]);
        bindLifetime(this.#process, this.#folder);
      }
      return await answers(this.port);
    }).catch((cause: unknown) => {
      throw new Error(`Cannot use PostgreSQL as it did not come up: ${this.#log()}`, { cause });
    });
  }

  /** Ends it in order, breaking connections off. */
  async stop(): Promise<void> {
    if (this.#process !== null) await endProcess(this.#process, 'SIGINT');
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    if (this.#process !== null) await endProcess(this.#process, 'SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async close(): Promise<void> {
    if (this.#process !== null) await endProcess(this.#process, 'SIGQUIT');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  get #data(): string {
    return path.join(this.#folder, 'data');
  }

  #log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').slice(-3000) : 'there is no log';
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.logFile, 'a');
    const child = spawn(path.join(this.#programs, program), args, {
      stdio: ['ignore', log, log],
      cwd: this.#folder,
      detached: true,
      ...this.#user,
    });
    closeSync(log);
    return child;
  }
}

async function answers(port: number): Promise<true> {
  const client = new Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('select 1');
  await client.end();
  return true;
}

/** The first rule that fits decides: one user proves who it is, all others are believed. */
function hostRules(): string {
  return `host all ${USER} 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n`;
}

/** Folder of the newest version's programs. */
function programFolder(): string | null {
  if (!existsSync(DEBIAN)) return null;
  const versions = readdirSync(DEBIAN).filter((name) =>
    existsSync(path.join(DEBIAN, name, 'bin', 'postgres')),
  );
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : path.join(DEBIAN, newest, 'bin');
}

function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return null;
  const id = (option: string): number => Number(output('id', [option, 'postgres']));
  return { uid: id('-u'), gid: id('-g') };
}
