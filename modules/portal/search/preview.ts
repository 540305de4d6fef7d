import type { PortalFindings } from '../agreed-preview.ts';
import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import type { PortalTransaction } from '../database/transaction.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import { personByName } from '../names/person.ts';
import type { PersonJudge } from '../names/person-judge.ts';
import type { PortalPreview, PortalVerifier } from '../ports.ts';
import type { PortalPolicy } from '../settings.ts';
import { keptPlaces } from './catalog-texts.ts';
import type { JudgedTable } from './judged-tables.ts';
import { peopleFor, searchFor } from './people.ts';
import { countAll, placesWith, residueIn, type ScannedRow, searchedIn } from './scan.ts';

/** Maximum stored spellings, and maximum near names, in the result. With more, the name is a common word. */
const MAX_NAMES = 50;
/** Maximum examples of mentions in a column. */
const MAX_EXAMPLES = 3;

/** Counts what an anonymization would change, in one snapshot. @param unsaid what a run does with mentions of which nothing is said */
export const portalPreview = (
  source: PortalConnectionSource,
  mapping: PortalMapping,
  statementSeconds: number,
  unsaid?: PortalPolicy['mentions']['default'],
): PortalPreview => {
  const reading = <T>(signal: AbortSignal | undefined, work: (transaction: PortalTransaction) => Promise<T>) =>
    withTransaction(source, { statementSeconds, lockSeconds: 5 }, work, signal);
  return {
    findSubject: (subject, signal) =>
      reading(signal, async (transaction) => {
        const { judge, tables } = await searchFor(transaction, mapping, subject, unsaid);
        return findingsIn(transaction, tables, judge);
      }),
    listPeople: (subject, signal) => reading(signal, (transaction) => peopleFor(transaction, mapping, subject)),
  };
};

/** Searches all that is stored, with a role and session of its own. @param mapping tells which columns are of login accounts */
export const portalVerifier = (source: PortalConnectionSource, mapping?: PortalMapping): PortalVerifier => ({
  verify: (subject, signal) =>
    withTransaction(
      source,
      { statementSeconds: 600, lockSeconds: 10, awaitsWriters: true },
      async (transaction) => {
        const person = subject.person ?? personByName(subject);
        const { judge, tables } = await searchFor(transaction, mapping, subject, 'keep', person);
        const counts = await countAll(transaction, tables, judge);
        const found = residueIn(counts, tables);
        const hidden = (places: readonly string[]) => places.map((place) => judge.withoutName(place));
        return {
          ...found,
          places: hidden(found.places),
          verified: searchedIn(tables),
          // what others have not ended may bring the name back
          outOfReach: [...(await keptPlaces(transaction, judge)), ...hidden(transaction.open)],
        };
      },
      signal,
    ),
});

export async function findingsIn(
  transaction: PortalTransaction,
  tables: readonly JudgedTable[],
  judge: PersonJudge,
): Promise<PortalFindings> {
  const [spellings, nearNames] = [new Set<string>(), new Set<string>()]; // how name columns spell the name, and other names that contain it
  const examples = new Map<string, Set<string>>(); // how columns mention it
  const others = tables.filter(({ isOurs }) => !isOurs);
  const sums = new Map(
    others
      .filter(({ isMapped }) => isMapped)
      .map(({ name }) => [name, { table: name, rows: 0, exact: 0, tokens: 0, suspected: 0 }]),
  );
  const note = ({ name, columns }: JudgedTable, { before, cells }: ScannedRow) => {
    const sum = sums.get(name);
    if (sum) {
      sum.rows += cells.some(({ after }, at) => after !== before[at]) ? 1 : 0; // a row counts when a run would change it
      sum.exact += cells.filter(({ exact }) => exact).length;
      sum.tokens += cells.filter(({ exact, theirs }) => !exact && theirs > 0).length;
      sum.suspected += cells.filter(({ lookalikes }) => lookalikes > 0).length;
    }
    for (const [at, { exact, mentions, lookalikes }] of cells.entries()) {
      const { role, place } = columns[at]!;
      const names = exact ? spellings : nearNames;
      const isName = role === 'name' && (exact || mentions + lookalikes > 0);
      if (isName && names.size < MAX_NAMES) names.add(before[at]!);
      if (mentions === 0) continue;
      const texts = examples.get(place) ?? new Set();
      if (texts.size >= MAX_EXAMPLES) continue;
      const example = judge.masked(before[at]!);
      if (example) examples.set(place, texts.add(example));
    }
  };
  const counts = await countAll(transaction, others, judge, note);
  const kept = (role: string) =>
    tables
      .flatMap(({ columns }) => columns.filter((column) => column.role === role))
      .filter(({ place }) => (counts.get(place)?.theirs ?? 0) > 0)
      .map(({ place }) => place);
  return {
    tables: [...sums.values()],
    identifiers: judge.identifiers,
    spellings: [...spellings].sort(),
    nearNames: [...nearNames].sort(),
    unmapped: [...kept('harmless'), ...kept('unlisted')],
    accounts: kept('account'),
    outOfReach: await keptPlaces(transaction, judge),
    mentions: placesWith(counts, 'mentions'),
    examples: [...examples].flatMap(([place, texts]) => [...texts].map((text) => ({ place, text }))),
    lookalikes: placesWith(counts, 'lookalikes'),
  };
}
