import { EdgeProcess } from '../../../trainer/demo/edge-process.ts';
import { freePort } from '../../../trainer/demo/port.ts';

/** Starts an edge over the folder it is given, says so, and waits until it is killed. */
const edge = await EdgeProcess.start(await freePort(0), process.argv[2]!, {});
process.stdout.write(`${edge.address}\n`);
await edge.ended();
