import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Exchange, RecordError, Recording } from '../../../local/record/exchange.ts';
import { bytesOf, recoded } from '../../../local/record/recode.ts';
import { parsed, type Target, tried } from '../target.ts';

const FOLDER = join(import.meta.dirname, '../../recorded/simulators');
const lines = readFileSync(join(FOLDER, 'engine-1.jsonl'), 'utf8')
  .split('\n')
  .filter((line) => line !== '');
const short = lines.filter(({ length }) => length < 4000);

const exchanges: Target = {
  name: 'recorded-exchange',
  samples: [short[0]!, short.at(-1)!, short[Math.floor(short.length / 2)]!],
  words: ['"isBase64":true', '"content-encoding":"gzip"', '"charset=utf-16"', '"body"', 'H4sIAAAAAAAA', '"framing"'],
  runs: 100,
  async run(input) {
    const read = parsed(() => Exchange.parse(JSON.parse(input.toString())));
    if (!read) return false;
    const { answer } = read.result;
    if (!answer) return true;
    const { body: _, isBase64: _flag, ...rest } = answer;
    const raw = { ...rest, bytes: bytesOf(answer) };
    const same = await tried(() => recoded(raw, (text) => text), RecordError);
    if (same && rest.headers['content-encoding'] !== 'gzip') expect(bytesOf(same.result)).toEqual(raw.bytes);
    return same !== undefined;
  },
};

const recordings: Target = {
  name: 'recording',
  samples: [readFileSync(join(FOLDER, 'recording.json'), 'utf8')],
  words: ['"files"', '"../x"', '"limits"', '"expected"'],
  async run(input) {
    const read = parsed(() => Recording.parse(JSON.parse(input.toString())));
    if (!read) return false;
    const text = JSON.stringify(read.result); // as text: a zero below zero is zero there
    expect(JSON.stringify(Recording.parse(JSON.parse(text)))).toBe(text);
    for (const file of read.result.files) expect(file).toMatch(/^(portal|engine-\d+)\.jsonl$/); // it is read from the folder
    return true;
  },
};

export const RECORDING_TARGETS: readonly Target[] = [exchanges, recordings];
