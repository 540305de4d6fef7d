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

type On = Platform | readonly Platform[];

/** Queries one Engine with one login, one statement at a time. */
export function engineClient(engineApi: EngineApi, engine: Engine, login: Login, signal: AbortSignal) {
  const notes: MissingPart[] = [];

  const asked = (statement: string): AskedQuery => ({ engineId: engine.engineId, statement });

  const stream = (statement: string, platform: Platform, file: string, also: readonly Platform[] = []) => {
    const onRecoded = () => void notes.push({ file, platform, reason: 'RECODED' });
    const query = { statement, platform, file, onRecoded, ...(also.length > 0 && { also }) };
    return engineApi.query(engine, login, query, signal);
  };

  /** Header and rows. An answer that is not data may be a passing fault: it is queried once more. */
  const read = async (statement: string, on: On, file: string) => {
    const [platform, ...also] = (typeof on === 'string' ? [on] : on) as [Platform, ...Platform[]];
    const once = async () => readObjects(asked(statement), await stream(statement, platform, file, also));
    const answer = await once().catch((error: unknown) => {
      if (!(error instanceof EngineAnswerError)) throw error;
      return once();
    });
    if (answer.doubles > 0) notes.push({ file, platform, reason: 'DOUBLED_ROWS' });
    return answer;
  };

  const rows = async (statement: string, on: On, file: string): Promise<readonly AnswerRow[]> =>
    (await read(statement, on, file)).rows;

  /** A small answer whole; `undefined` when the Engine refuses the statement: its version lacks a field or a table. */
  const rowsIfKnown = (statement: string, on: On, file: string): Promise<readonly AnswerRow[] | undefined> =>
    rows(statement, on, file).catch(ignoring(EngineQueryRejectedError));

  /** The names that the Engine offers for a mistyped one, by a statement that fails on purpose. Without a list it is sent once more. */
  const options = async (statement: string, platform: Platform, file: string) => {
    const once = () => rows(statement, platform, file).then(() => undefined, refusalIn);
    const refusal = await once();
    return refusal && !refusal.options ? (await once())?.options : refusal?.options;
  };

  return {
    engine,
    asked,
    stream,
    rows,
    rowsIfKnown,
    /** What was odd about answers since the last call, for the manifest. */
    takeNotes: (): readonly MissingPart[] => notes.splice(0),
    /** A small answer that may be missing; no rows then. */
    async rowsOrNone(statement: string, on: On, file: string): Promise<readonly AnswerRow[]> {
      const found = await orReason(rowsIfKnown(statement, on, file));
      return typeof found === 'string' ? [] : (found ?? []);
    },
    /** The columns of the first statement that the Engine does not refuse; none when it refuses all. */
    async columns(statements: readonly string[], platform: Platform, file: string): Promise<readonly string[]> {
      for (const statement of statements) {
        const answer = await read(statement, platform, file).catch(ignoring(EngineQueryRejectedError));
        if (answer) return answer.header;
      }
      return [];
    },
    /** Names of the dynamic fields of a table on one platform; `undefined` when the Engine does not list them. */
    dynamicFields: (table: SubjectKind, platform: Platform) =>
      options(discoverStatement(table), platform, `engines/${table}.csv`),
    /** Names of the Engine's own tables; none when it does not list them. */
    tables: async (platform: Platform) => (await options(TABLES_STATEMENT, platform, 'engines/user.csv')) ?? [],
  };
}
export type EngineClient = ReturnType<typeof engineClient>;

function refusalIn(error: unknown): EngineQueryRejectedError {
  if (!(error instanceof EngineQueryRejectedError)) throw error;
  return error;
}
