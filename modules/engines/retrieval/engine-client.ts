import type { MissingPart } from '../../archive/fragment.ts';
import { ignoring } from '../../common/errors.ts';
import type { Engine } from '../../requests/source.ts';
import type { Login } from '../../requests/start-body.ts';
import type { SubjectKind } from '../../requests/subject.ts';
import { EngineAnswerError, EngineQueryRejectedError, orReason } from '../errors.ts';
import { discoverStatement, type Platform, TABLES_STATEMENT } from '../nxql.ts';
import type { EngineApi } from '../ports.ts';
import type { AnswerRow } from '../tables/queried-table.ts';
import { type AskedQuery, readObjects } from './read-answer.ts';

/** One platform, or several at once. */
type On = Platform | readonly Platform[];

/** Queries one Engine with one login, one statement at a time. */
export class EngineClient {
  readonly engine: Engine;
  readonly #engineApi: EngineApi;
  readonly #login: Login;
  readonly #signal: AbortSignal;
  readonly #notes: MissingPart[] = [];

  constructor(engineApi: EngineApi, engine: Engine, login: Login, signal: AbortSignal) {
    this.engine = engine;
    this.#engineApi = engineApi;
    this.#login = login;
    this.#signal = signal;
  }

  /** What was odd about answers since the last call, for the manifest. */
  takeNotes(): readonly MissingPart[] {
    return this.#notes.splice(0);
  }

  /** The answer as it comes. */
  stream(
    statement: string,
    platform: Platform,
    file: string,
    also: readonly Platform[] = [],
  ): Promise<AsyncIterable<Buffer>> {
    const onRecoded = () => void this.#notes.push({ file, platform, reason: 'RECODED' });
    const query = { statement, platform, file, onRecoded, ...(also.length > 0 && { also }) };
    return this.#engineApi.query(this.engine, this.#login, query, this.#signal);
  }

  /** A query to this Engine, for the judge of its answer. */
  asked(statement: string): AskedQuery {
    return { engineId: this.engine.engineId, statement };
  }

  /** Header and rows. An answer that is not data may be a passing fault: it is queried once more. */
  async #read(statement: string, on: On, file: string, isLast = false): ReturnType<typeof readObjects> {
    const [platform, ...also] = (typeof on === 'string' ? [on] : on) as [Platform, ...Platform[]];
    try {
      const answer = await readObjects(this.asked(statement), await this.stream(statement, platform, file, also));
      if (answer.doubles > 0) this.#notes.push({ file, platform, reason: 'DOUBLED_ROWS' });
      return answer;
    } catch (error) {
      if (isLast || !(error instanceof EngineAnswerError)) throw error;
      return this.#read(statement, on, file, true);
    }
  }

  /** A small answer whole, of one platform or of several. */
  async rows(statement: string, on: On, file: string): Promise<readonly AnswerRow[]> {
    return (await this.#read(statement, on, file)).rows;
  }

  /** A small answer whole; `undefined` when the Engine refuses the statement: its version lacks a field or a table. */
  rowsIfKnown(statement: string, on: On, file: string): Promise<readonly AnswerRow[] | undefined> {
    return this.rows(statement, on, file).catch(ignoring(EngineQueryRejectedError));
  }

  /** A small answer that may be missing; no rows then. */
  async rowsOrNone(statement: string, on: On, file: string): Promise<readonly AnswerRow[]> {
    const rows = await orReason(this.rowsIfKnown(statement, on, file));
    return typeof rows === 'string' ? [] : (rows ?? []);
  }

  /** The columns of the first statement that the Engine does not refuse; none when it refuses all. */
  async columns(statements: readonly string[], platform: Platform, file: string): Promise<readonly string[]> {
    for (const statement of statements) {
      const answer = await this.#read(statement, platform, file).catch(ignoring(EngineQueryRejectedError));
      if (answer) return answer.header;
    }
    return [];
  }

  /** Names of the dynamic fields of a table on one platform; `undefined` when the Engine does not list them. */
  dynamicFields(table: SubjectKind, platform: Platform): Promise<readonly string[] | undefined> {
    return this.#options(discoverStatement(table), platform, `engines/${table}.csv`);
  }

  /** Names of the Engine's own tables; none when it does not list them. */
  async tables(platform: Platform): Promise<readonly string[]> {
    return (await this.#options(TABLES_STATEMENT, platform, 'engines/user.csv')) ?? [];
  }

  /** The names that the Engine offers for a mistyped one, by a statement that fails on purpose. Without a list it is sent once more. */
  async #options(
    statement: string,
    platform: Platform,
    file: string,
    isLast = false,
  ): Promise<readonly string[] | undefined> {
    try {
      await this.rows(statement, platform, file);
      return undefined;
    } catch (error) {
      if (!(error instanceof EngineQueryRejectedError)) throw error;
      return error.options || isLast ? error.options : this.#options(statement, platform, file, true);
    }
  }
}
