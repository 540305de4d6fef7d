import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allProblems, problemOf } from '../../functions/http/problems.ts';
import { openApiDocument } from '../../local/openapi/document.ts';
import { type ErrorFile, errorFiles } from '../support/error-classes.ts';

/** Names of Step Functions and of Lambda, which have no class of ours. */
const OUTSIDE = 'OUTSIDE_ERRORS';

const files = await errorFiles();
const tableOf = ({ tables }: ErrorFile) =>
  Object.entries(tables).flatMap(([name, table]) => (name === OUTSIDE ? [] : Object.entries(table)));
const entries = files.flatMap(tableOf);

describe.each(files)('$file', (file) => {
  it('is the file of its room that holds the errors', () => {
    expect(file.file).toBe(`${file.room}/errors.ts`);
  });

  it('has a table of classes that it declares, with what they mean', () => {
    const wrong = tableOf(file).filter(([name, row]) => !file.declared.includes(name) || Object.keys(row).length === 0);

    expect(wrong).toEqual([]);
  });

  it('exports every class under the name that its instances have when classes are renamed', () => {
    const names = file.errors.map(({ name }) => name);

    expect(names.toSorted()).toEqual(file.declared.toSorted());
  });
});

describe('error tables', () => {
  it('name no error twice', () => {
    const names = entries.map(([name]) => name);

    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('reach the HTTP edge with every problem', () => {
    const unreached = entries.filter(([name, { problem }]) => problem && problemOf(name) === undefined);

    expect(unreached).toEqual([]);
  });
});

describe('problems', () => {
  const kinds = allProblems();

  it.each(kinds)('$type has a page with its title and status, and what to change (R23)', ({ type, title, status }) => {
    const page = readFileSync(`docs${type}.md`, 'utf8');

    expect(page.split('\n')[0]).toBe(`# ${title}`);
    expect(page).toContain(`\`${type}\`, status ${status}`);
    expect(page).toContain('\n## What to change\n');
  });

  it('stand in the OpenAPI document with a route', () => {
    const routes = JSON.stringify(openApiDocument().paths);

    expect(kinds.filter(({ type }) => !routes.includes(`"${type}"`))).toEqual([]);
  });

  it('have no page without an error', () => {
    const pages = readdirSync('docs/problems').filter((file) => file !== 'README.md');

    expect(pages.toSorted()).toEqual(kinds.map(({ type }) => `${type.slice('/problems/'.length)}.md`).toSorted());
  });
});
