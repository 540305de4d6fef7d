import * as z from 'zod';
import type { ReadonlyDeep } from '../../common/shapes.ts';
import type { SubjectKind } from '../../requests/subject.ts';

const Name = z.string().regex(/^\P{Cc}{1,300}$/u);
const Names = z.array(Name).max(5000);

/** The columns that Engines of one version listed: names alone, nothing about a person. */
export const KeptHeaders = z.strictObject({
  /** Dynamic fields by platform, as they were listed; `null` where Engines list none. */
  listed: z.record(z.string(), Names.nullable()),
  columns: z.record(z.string(), z.record(z.string(), Names)),
});
export type KeptHeaders = ReadonlyDeep<z.infer<typeof KeptHeaders>>;

/** Keeps the columns of a version from one Request to the next, for some days. Nothing depends on it (docs/decisions/0011). */
export interface HeaderStore {
  /** @returns nothing when nothing is kept, or nothing that can be used */
  find(kind: SubjectKind, version: string): Promise<KeptHeaders | undefined>;
  keep(kind: SubjectKind, version: string, headers: KeptHeaders): Promise<void>;
}
