/** Imports one bundle in a process that is fresh, and prints what that took in milliseconds. Argument: its path. */
import { pathToFileURL } from 'node:url';

const [cpu, wall] = [process.cpuUsage(), performance.now()];
await import(pathToFileURL(process.argv[2]).href);
const { user, system } = process.cpuUsage(cpu);
process.stdout.write(JSON.stringify({ wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 }));
