// Imported for its effect, before emscripten's glue: workerd has a `process` for Node's sake, and the
// glue would take it for Node and reach for `worker_threads`. It leaves an Electron renderer alone.
const { process } = globalThis as { process?: { type?: string; versions?: { node?: string } } };
if (process?.versions?.node !== undefined) process.type = 'renderer';
