import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PortalMapping } from '../../../../modules/portal/mapping/mapping.ts';

const mapping = PortalMapping.parse(JSON.parse(readFileSync('local/portal-database/portal-mapping.json', 'utf8')));
const [file] = mapping.files;
const withFiles = (...names: string[]) =>
  PortalMapping.safeParse({ ...mapping, files: names.map((name) => ({ ...file, file: name })) }).success;

describe('PortalMapping', () => {
  it('refuses names of files that the archive could not hold, or could not tell apart', () => {
    expect(withFiles('a', 'b', 'c'.repeat(89))).toBe(true);
    expect(withFiles('c'.repeat(90))).toBe(false);
    expect(withFiles('a', 'b', 'a')).toBe(false);
    expect(withFiles('A')).toBe(false);
  });
});
