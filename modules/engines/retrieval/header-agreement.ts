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

/** Agrees the header of each Engine file (docs/decisions/0011): several Engines of one version take its open questions in turn. */
export class HeaderAgreement {
  readonly version: string;
  readonly #kind: SubjectKind;
  #open: OpenQuestion[] = [];
  /** Engines that are queried for the same columns; after that each Engine gets a file of its own. */
  readonly #tries: number;
  /** Dynamic fields by platform, as listed; `undefined` where no Engine lists them. */
  readonly #listed = new Map<Platform, readonly string[] | undefined>();
  readonly #columns = new Map<string, Map<Platform, readonly string[]>>();
  readonly #kept: KeptHeaders | undefined;
  #isNew = false;
  #isWhole = true;

  /** @param version that of most Engines @param kept columns of `version` that an earlier Request agreed: they are not asked for again */
  constructor(kind: SubjectKind, engines: readonly Engine[], version: string, kept?: KeptHeaders) {
    this.#kind = kind;
    this.#kept = kept;
    this.version = version;
    this.#tries = Math.min(MAX_TRIES, engines.filter((engine) => engine.version === version).length);
    for (const platform of platformsOf(kind)) this.#open.push({ platform, failedAt: new Set() });
    for (const table of TABLES[kind]) {
      if (table.kind !== 'stream') continue;
      this.#columns.set(table.file, new Map());
      for (const platform of table.platforms) this.#open.push({ table, platform, failedAt: new Set() });
    }
  }

  needs({ engineId, version }: Engine): boolean {
    return version === this.version && this.#open.some(({ failedAt }) => !failedAt.has(engineId));
  }

  /** Queries one Engine, one query at a time, until no question is open. @throws what ended the Engine's help */
  async help(client: EngineClient): Promise<void> {
    const { engineId } = client.engine;
    for (let question = this.#next(client.engine); question; question = this.#next(client.engine)) {
      const { table, platform, failedAt } = question;
      this.#open = this.#open.filter((open) => open !== question);
      try {
        if (table) this.#columns.get(table.file)!.set(platform, await this.#columnsOn(client, table, platform));
        else this.#listed.set(platform, await client.dynamicFields(this.#kind, platform));
      } catch (error) {
        failedAt.add(engineId);
        if (failedAt.size < this.#tries) this.#open.push(question);
        else {
          this.#isWhole = false;
          if (!table) this.#listed.set(platform, undefined);
        }
        // Some Engines end the exchange without a page when they list fields. Source: docs/nxql.md, "Answer".
        const mayGoOn = isAboutOneAnswer(error) || (!table && error instanceof EngineUnavailableError);
        if (!mayGoOn) throw error;
      }
    }
  }

  /** The agreed headers. A file whose columns no Engine listed is left out: each Engine then gets one of its own. */
  files(): AttemptFrame['files'] {
    return TABLES[this.#kind].flatMap((table) => {
      const { file, platforms } = table;
      if (table.kind === 'list') return [listHeader(table)];
      const found = platforms.map((platform) => this.#columns.get(file)?.get(platform));
      return found.every((columns) => columns !== undefined) ? [{ file, columns: union(found) }] : [];
    });
  }

  /** What the next Request need not ask for. `isNew`: an Engine was asked for it; `isWhole`: no answer is missing. */
  agreed(): KeptHeaders & { readonly isNew: boolean; readonly isWhole: boolean } {
    return {
      isNew: this.#isNew,
      isWhole: this.#isWhole && this.#open.length === 0,
      listed: Object.fromEntries([...this.#listed].map(([platform, names]) => [platform, names ?? null])),
      columns: Object.fromEntries([...this.#columns].map(([file, columns]) => [file, Object.fromEntries(columns)])),
    };
  }

  /** The columns of the Subject's own object depend on the dynamic fields: they are listed first. */
  #next({ engineId, version }: Engine): OpenQuestion | undefined {
    if (version !== this.version) return undefined;
    const isListed = this.#listed.size === platformsOf(this.#kind).length;
    const isReady = ({ table }: OpenQuestion) => table?.of !== this.#kind || isListed;
    return this.#open.find((question) => isReady(question) && !question.failedAt.has(engineId));
  }

  async #columnsOn(client: EngineClient, table: StreamTable, platform: Platform): Promise<readonly string[]> {
    const kept = this.#keptColumns(table, platform);
    if (kept) return kept;
    this.#isNew = true;
    const fields =
      table.of === this.#kind ? await acceptedFields(client, this.#kind, platform, this.#namesOn(platform)) : [];
    return columnsOn(client, table, platform, fields);
  }

  /** Those of an earlier Request, unless the dynamic fields have changed since, or they cannot be those of this table. */
  #keptColumns(table: StreamTable, platform: Platform): readonly string[] | undefined {
    const columns = this.#kept?.columns[table.file]?.[platform];
    if (!columns || (table.of === this.#kind && !this.#hasKeptFields())) return undefined;
    const needed = [table.subjectColumn, table.timeColumn ?? table.subjectColumn];
    return columns.length === 0 || needed.every((column) => columns.includes(column)) ? columns : undefined;
  }

  #hasKeptFields(): boolean {
    return [...this.#listed].every(([platform, names]) =>
      isDeepStrictEqual(names ?? null, this.#kept?.listed[platform]),
    );
  }

  /** On a platform that does not list its own, those of the other platforms are tried. */
  #namesOn(platform: Platform): readonly string[] {
    return this.#listed.get(platform) ?? [...new Set([...this.#listed.values()].flatMap((names) => names ?? []))];
  }
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
