import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { CallRecorder } from '../../../local/aws/call-recorder.ts';
import { CALLS } from './whole-suite.ts';

// Runs before each file of a recorded suite; files of one process share the recorder.
CallRecorder.everywhere ??= new CallRecorder();

afterAll(() => {
  mkdirSync(CALLS, { recursive: true });
  writeFileSync(join(CALLS, `${process.pid}.json`), JSON.stringify(CallRecorder.everywhere?.calls));
});
