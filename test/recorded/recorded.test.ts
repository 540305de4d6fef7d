import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readFixtures, replayedOutcome } from '../../local/record/replay.ts';

/** Each folder here is a recording that `gdpr record` has written (docs/recording.md). */
const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it.each(folders.map(({ name }) => name))(
  '%s: the retrieval asks what was asked, and gets the same archive (R10)',
  async (name) => {
    const fixtures = await readFixtures(join(import.meta.dirname, name));

    const { unknown, outcome } = await replayedOutcome(fixtures);

    expect(unknown).toEqual([]);
    expect(outcome).toEqual(fixtures.recording.expected);
  },
);

it('there is one at least', () => expect(folders).not.toEqual([]));
