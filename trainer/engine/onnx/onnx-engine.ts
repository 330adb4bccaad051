import os from 'node:os';
import { InferenceSession } from 'onnxruntime-node';
import type { Engine } from '../engine.ts';
import { checkElements } from '../engine-error.ts';
import { registerSecondOrderGradients } from '../gradient/second-order.ts';
import { DeviceStore } from './device-store.ts';
import { DeviceTransfer } from './device-transfer.ts';
import { HostStore } from './host-store.ts';
import { describeProvider, keepsOnDevice } from './provider.ts';
import type { Provider } from './provider-name.ts';
import { SessionCache } from './session-cache.ts';
import { TracedFunction } from './traced-function.ts';
import type { ValueStore } from './value-store.ts';

/**
 * The engine that needs no native TensorFlow: traces a function to one ONNX graph and runs it with
 * onnxruntime-node. Whether `provider` works here shows when something is run; `providerRefusal` tries it.
 * @param logSeverity what onnxruntime prints: 0 for all, 3 for errors
 */
export function createOnnxEngine(provider: Provider = 'cpu', logSeverity: 0 | 3 = 3): Engine {
  registerSecondOrderGradients();
  const threads = os.availableParallelism();
  const sessions = new SessionCache();
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: logSeverity,
  };
  const store: ValueStore = keepsOnDevice(provider)
    ? new DeviceStore(new DeviceTransfer(options))
    : new HostStore();
  return {
    name: 'onnx',
    description: describeProvider(provider, threads),
    upload: (data, shape) => {
      checkElements(data, shape);
      return store.upload(data, shape);
    },
    compile: (fn) =>
      new TracedFunction(fn, {
        store,
        tracing: {
          // Winograd's algorithm saves arithmetic, which is what a CPU is short of.
          fastConvolutions: provider === 'cpu',
          normalisesInOneNode: provider === 'cpu',
        },
        createSession: (graph, more, keep) => {
          const all = { ...options, ...more };
          if (keep && provider === 'cpu') return sessions.open(graph, all);
          return InferenceSession.create(graph, all);
        },
      }),
  };
}
