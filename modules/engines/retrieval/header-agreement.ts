import { isDeepStrictEqual } from 'node:util';
import { PREFIX_COLUMNS } from '../../archive/column-names.ts';
import type { AttemptFrame } from '../../archive/fragment.ts';
import type { Engine } from '../../requests/source.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { EngineUnavailableError, isAboutOneAnswer } from '../errors.ts';
import type { Platform } from '../nxql.ts';
import type { ListTable, StreamTable } from '../tables/queried-table.ts';
import { platformsOf, TABLES } from '../tables/tables.ts';
import type { EngineClient } from './engine-client.ts';
import { columnsOn, union } from './engine-files.ts';
import { acceptedFields } from './engine-lists.ts';
import type { KeptHeaders } from './kept-headers.ts';

const MAX_TRIES = 3;

/** What any Engine of this version can answer: the columns of a table on one platform; without a table, its dynamic fields. */
type OpenQuestion = { readonly table?: StreamTable; readonly platform: Platform; readonly failedAt: Set<string> };

/**
 * Agrees the header of each Engine file (docs/decisions/0011): several Engines of one version take its open questions in turn.
 * @param version that of most Engines @param kept columns of `version` that an earlier Request agreed: they are not asked for again
 */
export function headerAgreement(kind: SubjectKind, engines: readonly Engine[], version: string, kept?: KeptHeaders) {
  const platforms = platformsOf(kind);
  const streams = TABLES[kind].filter((table) => table.kind === 'stream');
  const questions = streams.flatMap((table) => table.platforms.map((platform) => ({ table, platform })));
  let open: OpenQuestion[] = [...platforms.map((platform) => ({ platform })), ...questions].map((question) => ({
    ...question,
    failedAt: new Set(),
  }));
  /** Engines that are queried for the same columns; after that each Engine gets a file of its own. */
  const tries = Math.min(MAX_TRIES, engines.filter((engine) => engine.version === version).length);
  /** Dynamic fields by platform, as listed; `undefined` where no Engine lists them. */
  const listed = new Map<Platform, readonly string[] | undefined>();
  const columns = new Map(streams.map(({ file }) => [file, new Map<Platform, readonly string[]>()]));
  let isNew = false;
  let isWhole = true;

  /** The columns of the Subject's own object depend on the dynamic fields: they are listed first. */
  const next = (engine: Engine): OpenQuestion | undefined => {
    if (engine.version !== version) return undefined;
    const isReady = ({ table }: OpenQuestion) => table?.of !== kind || listed.size === platforms.length;
    return open.find((question) => isReady(question) && !question.failedAt.has(engine.engineId));
  };

  /** Those of an earlier Request, unless the dynamic fields have changed since, or they cannot be those of this table. */
  const keptColumns = (table: StreamTable, platform: Platform): readonly string[] | undefined => {
    const found = kept?.columns[table.file]?.[platform];
    const hasKeptFields = [...listed].every(([each, names]) => isDeepStrictEqual(names ?? null, kept?.listed[each]));
    if (!found || (table.of === kind && !hasKeptFields)) return undefined;
    const needed = [table.subjectColumn, table.timeColumn ?? table.subjectColumn];
    return found.length === 0 || needed.every((column) => found.includes(column)) ? found : undefined;
  };

  const askColumns = async (client: EngineClient, table: StreamTable, platform: Platform) => {
    isNew = true;
    if (table.of !== kind) return columnsOn(client, table, platform);
    // On a platform that does not list its own fields, those of the other platforms are tried.
    const names = listed.get(platform) ?? [...new Set([...listed.values()].flatMap((each) => each ?? []))];
    return columnsOn(client, table, platform, await acceptedFields(client, kind, platform, names));
  };

  return {
    needs: (engine: Engine): boolean =>
      engine.version === version && open.some(({ failedAt }) => !failedAt.has(engine.engineId)),
    /** Queries one Engine, one query at a time, until no question is open. @throws what ended the Engine's help */
    async help(client: EngineClient): Promise<void> {
      for (let question = next(client.engine); question; question = next(client.engine)) {
        const { table, platform, failedAt } = question;
        open = open.filter((each) => each !== question);
        try {
          if (!table) listed.set(platform, await client.dynamicFields(kind, platform));
          else {
            const found = keptColumns(table, platform) ?? (await askColumns(client, table, platform));
            columns.get(table.file)!.set(platform, found);
          }
        } catch (error) {
          failedAt.add(client.engine.engineId);
          if (failedAt.size < tries) open.push(question);
          else {
            isWhole = false;
            if (!table) listed.set(platform, undefined);
          }
          // Some Engines end the exchange without a page when they list fields. Source: docs/nxql.md, "Answer".
          const mayGoOn = isAboutOneAnswer(error) || (!table && error instanceof EngineUnavailableError);
          if (!mayGoOn) throw error;
        }
      }
    },
    /** The agreed headers. A file whose columns no Engine listed is left out: each Engine then gets one of its own. */
    files: (): AttemptFrame['files'] =>
      TABLES[kind].flatMap((table) => {
        if (table.kind === 'list') return [listHeader(table)];
        const found = table.platforms.map((platform) => columns.get(table.file)?.get(platform));
        return found.every((each) => each !== undefined) ? [{ file: table.file, columns: union(found) }] : [];
      }),
    /** What the next Request need not ask for. `isNew`: an Engine was asked for it; `isWhole`: no answer is missing. */
    agreed: (): KeptHeaders & { readonly isNew: boolean; readonly isWhole: boolean } => ({
      isNew,
      isWhole: isWhole && open.length === 0,
      listed: Object.fromEntries([...listed].map(([platform, names]) => [platform, names ?? null])),
      columns: Object.fromEntries([...columns].map(([file, found]) => [file, Object.fromEntries(found)])),
    }),
  };
}

/** Headers of the files whose columns do not depend on an Engine. */
export const fixedHeaders = (kind: SubjectKind): AttemptFrame['files'] =>
  TABLES[kind].flatMap((table) => (table.kind === 'list' ? [listHeader(table)] : []));

const listHeader = ({ file, columns }: ListTable) => ({ file, columns: [...PREFIX_COLUMNS, ...columns] });

export function mostCommonVersion(engines: readonly Engine[]): string | undefined {
  const versions = engines.map(({ version }) => version);
  const count = (version: string) => versions.filter((each) => each === version).length;
  return versions.toSorted((a, b) => count(b) - count(a))[0];
}
