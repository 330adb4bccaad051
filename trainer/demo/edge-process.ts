import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tied, tieWorkerd } from '../../exporter/workerd/tie.ts';
import { DemoError } from './demo-error.ts';

const START_TIMEOUT = 90_000;
const STOP_TIMEOUT = 5_000;
/** Lines of output kept for the error of an edge that does not start. */
const KEPT_LINES = 20;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** A `wrangler dev` of this project, with everything it started. It ends with this process, even a killed one. */
export class EdgeProcess {
  readonly address: string;
  #child: ChildProcess;
  #output: string[] = [];

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.address = `http://127.0.0.1:${port}`;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = [...this.#output, ...String(chunk).split('\n')].slice(-KEPT_LINES);
      });
    }
  }

  /**
   * Starts the edge on a free port, its bucket persisted in `folder`, and waits until it answers.
   * @param variables of wrangler.toml, and secrets
   * @throws DemoError EDGE_NOT_STARTED with the end of its output
   */
  static async start(
    port: number,
    folder: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<EdgeProcess> {
    const wrangler = join(
      dirname(createRequire(import.meta.url).resolve('wrangler/package.json')),
      'bin/wrangler.js',
    );
    const bucket = ['--persist-to', resolve(folder)];
    const options = ['--ip', '127.0.0.1', '--port', String(port), ...bucket];
    const told = Object.entries(variables).flatMap(([name, value]) => [
      '--var',
      `${name}:${value}`,
    ]);
    const quiet = ['--show-interactive-dev-session=false', '--log-level', 'warn'];
    tieWorkerd();
    const dev = [wrangler, 'dev', ...options, ...quiet, ...told];
    const child = spawn(...tied(process.execPath, dev), {
      cwd: PROJECT,
      // A group of its own, so that stopping it reaches workerd and esbuild as well.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_SEND_ERROR_REPORTS: 'false',
        NO_UPDATE_NOTIFIER: '1',
        CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      },
    });
    const edge = new EdgeProcess(child, port);
    const killed = () => edge.#signal('SIGKILL');
    process.once('exit', killed);
    child.once('exit', () => process.off('exit', killed));
    await edge.#untilLive();
    return edge;
  }

  /** The process group of all that it started. */
  get group(): number {
    return this.#child.pid!;
  }

  /** Resolves when the edge ends by itself or is stopped. */
  ended(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
    });
  }

  /** Stops it and all that it started. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    await Promise.race([this.ended(), sleep(STOP_TIMEOUT, undefined, { ref: false })]);
    this.#signal('SIGKILL');
    await this.ended();
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.#child.pid!, signal);
    } catch {
      // The group has ended already.
    }
  }

  async #untilLive(): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT;
    while (Date.now() < deadline && this.#child.exitCode === null) {
      const live = await fetch(`${this.address}/health/live`).catch(() => null);
      if (live?.ok) return;
      await sleep(100);
    }
    await this.stop();
    throw new DemoError(
      'EDGE_NOT_STARTED',
      `wrangler dev did not answer on ${this.address}; its last words: ${this.#output.join(' ').trim()}`,
    );
  }
}
