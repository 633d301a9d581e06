import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { javaArguments } from './kafka-artefacts.ts';
import { scramArguments, serverProperties } from './kafka-properties.ts';
import type { BrokerSettings } from './kafka-properties.ts';
import { bindLifetime, endProcess, isRunning } from './processes.ts';

/** One broker, wherever it runs. */
export interface KafkaBroker {
  /** What it logs; looked at when something failed. */
  readonly logFile: string;
  start(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGTERM: it hands its partitions over, as far as it can. */
  stop(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** A broker as a Java process of this machine. */
export class ProcessBroker implements KafkaBroker {
  readonly logFile: string;
  readonly #folder: string;
  readonly #libraries: string;
  #process: ChildProcess | null = null;

  private constructor(folder: string, libraries: string) {
    this.#folder = folder;
    this.#libraries = libraries;
    this.logFile = path.join(folder, 'broker.log');
  }

  /** Formats a folder for the broker, in the cluster's folder. */
  static async create(options: {
    readonly folder: string;
    readonly libraries: string;
    readonly clusterId: string;
    readonly settings: Omit<BrokerSettings, 'dataFolder' | 'bindAddress'>;
  }): Promise<ProcessBroker> {
    const { folder, libraries, clusterId, settings } = options;
    mkdirSync(folder);
    const broker = new ProcessBroker(folder, libraries);
    const dataFolder = path.join(folder, 'data');
    writeFileSync(
      broker.#properties,
      serverProperties({ ...settings, dataFolder, bindAddress: '127.0.0.1' }),
    );
    const users = scramArguments(settings.security?.users ?? {});
    const formatting = broker.#java('kafka.tools.StorageTool', [
      ...['format', '-t', clusterId, '-c', broker.#properties],
      ...users,
    ]);
    const end = await new Promise((resolve) =>
      formatting.once('exit', (status, signal) => {
        resolve(status ?? signal);
      }),
    );
    // The folder goes with the test, so the log is said.
    if (end !== 0)
      throw new Error(
        `Cannot format a broker's folder as Java ended with ${String(end)}: ${readFileSync(broker.logFile, 'utf8').trim()}`,
      );
    return broker;
  }

  start(): Promise<void> {
    if (this.#process === null || !isRunning(this.#process)) {
      this.#process = this.#java('kafka.Kafka', [this.#properties]);
      bindLifetime(this.#process, path.dirname(this.#folder));
    }
    return Promise.resolve();
  }

  async kill(): Promise<void> {
    if (this.#process !== null) await endProcess(this.#process, 'SIGKILL');
  }

  async stop(): Promise<void> {
    if (this.#process !== null) await endProcess(this.#process, 'SIGTERM');
  }

  close(): Promise<void> {
    return this.kill();
  }

  get #properties(): string {
    return path.join(this.#folder, 'server.properties');
  }

  #java(mainClass: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.logFile, 'a');
    const child = spawn('java', javaArguments(this.#libraries, mainClass, args), {
      stdio: ['ignore', log, log],
      // Ctrl-C of a terminal is for the test, which then ends its brokers.
      detached: true,
    });
    closeSync(log);
    return child;
  }
}
