import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { Access } from './constructs/grant-access.ts';

/** The table of rights, `access.yaml`. @throws a word of it is unknown */
export const ACCESS: Readonly<Record<string, Access>> = z
  .record(z.string(), Access)
  .parse(parse(readFileSync(new URL('access.yaml', import.meta.url), 'utf8')));
