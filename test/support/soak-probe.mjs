/**
 * Loaded into the process of a function before its bundle: on SIGUSR2 it collects its garbage and writes what it holds then.
 * `?to=` names the folder. Plain JavaScript, as the program that it is loaded into.
 */
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const MEGABYTE = 2 ** 20;
const file = join(new URL(import.meta.url).searchParams.get('to'), String(process.pid));

process.on('SIGUSR2', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let time = 0; time < 2; time += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  const held = { heap: (heapUsed + external) / MEGABYTE, descriptors: readdirSync('/proc/self/fd').length };
  writeFileSync(`${file}.new`, JSON.stringify(held));
  renameSync(`${file}.new`, file); // appears whole
});
writeFileSync(`${file}.ready`, ''); // a signal before this would end the process
