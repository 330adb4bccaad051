const PLAIN_INTERVAL = 10_000;
const LIVE_INTERVAL = 200;

export interface Progress {
  /** @param done units done @param detail what else to say */
  update(done: number, detail?: string): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

/**
 * Reports long work with its rate and the time left: one live line on a terminal, plain lines every ten
 * seconds elsewhere.
 * @param start units that were done before, by an earlier run
 */
export function progress(total: number, unit: string, start = 0): Progress {
  const live = process.stderr.isTTY === true;
  const began = performance.now();
  let reported = began;
  let last = '';
  const write = (line: string) => {
    process.stderr.write(live ? `\r\u001b[2K${line}` : `${line}\n`);
  };
  return {
    update(done, detail = '') {
      const now = performance.now();
      const rate = ((done - start) / (now - began)) * 1000;
      last = `${done}/${total} ${unit}, ${rate.toFixed(1)}/s, ${remaining(total - done, rate)} left${detail && `, ${detail}`}`;
      if (now - reported < (live ? LIVE_INTERVAL : PLAIN_INTERVAL)) return;
      reported = now;
      write(last);
    },
    end() {
      if (last !== '') write(live ? `${last}\n` : last);
    },
  };
}

function remaining(units: number, rate: number): string {
  const seconds = Math.round(units / rate);
  if (!Number.isFinite(seconds)) return 'unknown time';
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
