import { setTimeout as sleep } from 'node:timers/promises';
import type { Pause } from '../ports.ts';

export const pause: Pause = async (milliseconds, signal) => {
  await sleep(milliseconds, undefined, signal && { signal });
};
