import type { SwapReport } from '../version/swap-report.ts';
import type { TrialStatus } from '../version/trial.ts';
import { EXPOSITION_TYPE, exposition, type Family, type Sample } from './exposition.ts';
import { Histogram } from './histogram.ts';

/** One answered request. */
export interface Observation {
  readonly method: string;
  /** The path of the route with its parameters unfilled, or `none`. */
  readonly route: string;
  readonly status: number;
  /** The version that answered; null where none did. */
  readonly version: number | null;
  /** By the isolate's clock, which on Cloudflare stands still while code runs. */
  readonly seconds: number;
}

/** What the isolate serves by at this moment. */
export interface ServingState {
  readonly version: number | null;
  readonly heapBytes: number;
  readonly report: SwapReport;
  /** Versions loaded and changes failed since the isolate began. */
  readonly counts: { readonly loads: number; readonly failures: number };
  readonly trial: TrialStatus | null;
}

const SECONDS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Counts what one isolate does, from its beginning. Isolates come and go and share nothing. */
export class Metrics {
  readonly #isolate = crypto.randomUUID();
  readonly #started = Date.now();
  readonly #requests = new Map<string, Sample>();
  readonly #durations = new Map<string, Histogram>();

  observe({ method, route, status, version, seconds }: Observation): void {
    const labels = { method, route, status, version: version ?? '' };
    const key = JSON.stringify(labels);
    const before = this.#requests.get(key)?.value ?? 0;
    this.#requests.set(key, { labels, value: before + 1 });
    const histogram = this.#durations.get(route) ?? new Histogram(SECONDS);
    this.#durations.set(route, histogram);
    histogram.observe(seconds);
  }

  /** All of it in Prometheus' text format, each sample labelled by the isolate. */
  response(serving: ServingState): Response {
    const text = exposition([...this.#requestFamilies(), ...this.#servingFamilies(serving)], {
      isolate: this.#isolate,
    });
    return new Response(text, { headers: { 'content-type': EXPOSITION_TYPE } });
  }

  #requestFamilies(): Family[] {
    return [
      {
        name: 'patchwork_requests_total',
        type: 'counter',
        help: 'Answered requests by route, status and the version that answered.',
        samples: [...this.#requests.values()],
      },
      {
        name: 'patchwork_request_duration_seconds',
        type: 'histogram',
        help: 'Time from request to answer. On Cloudflare clocks stand still while code runs: it is time spent waiting, without processor time.',
        samples: [...this.#durations].flatMap(([route, histogram]) => histogram.samples({ route })),
      },
    ];
  }

  #servingFamilies({ version, heapBytes, report, counts, trial }: ServingState): Family[] {
    const gauge = (name: string, help: string, samples: Sample[]): Family => ({
      name,
      type: 'gauge',
      help,
      samples,
    });
    return [
      gauge('patchwork_isolate_start_time_seconds', 'When this isolate began, in Unix time.', [
        { labels: {}, value: this.#started / 1000 },
      ]),
      gauge('patchwork_serving_version', 'The version that serves, 0 where none does.', [
        { labels: {}, value: version ?? 0 },
      ]),
      gauge('patchwork_heap_bytes', 'Size of the WebAssembly heap.', [
        { labels: {}, value: heapBytes },
      ]),
      gauge('patchwork_swap_state', '1 for the state that the last swap is in.', [
        { labels: { state: report.state, code: report.code ?? '' }, value: 1 },
      ]),
      {
        name: 'patchwork_swaps_total',
        type: 'counter',
        help: 'Versions that were loaded, and changes that failed.',
        samples: [
          { labels: { result: 'loaded' }, value: counts.loads },
          { labels: { result: 'failed' }, value: counts.failures },
        ],
      },
      gauge(
        'patchwork_trial',
        'What the trial of a candidate counts since it began here; none without one.',
        trialSamples(trial),
      ),
    ];
  }
}

function trialSamples(trial: TrialStatus | null): Sample[] {
  if (trial === null) return [];
  const { mode, version, state } = trial;
  return (['requests', 'errors', 'compared', 'disagreements'] as const).map((count) => ({
    labels: { mode, version, state, count },
    value: trial[count],
  }));
}
