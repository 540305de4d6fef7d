import { type PortalConnectionSource, withTransaction } from '../database/connection.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import { personByName } from '../names/person.ts';
import type { PortalVerifier } from '../ports.ts';
import { keptPlaces } from './catalog-texts.ts';
import { searchFor } from './people.ts';
import { countAll, residueIn, searchedIn } from './scan.ts';

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
        const open = transaction.open.map((each) => judge.withoutName(each)); // it may bring the name back
        return {
          ...residueIn(counts, tables, judge),
          verified: searchedIn(tables),
          outOfReach: [...(await keptPlaces(transaction, judge)), ...open],
        };
      },
      signal,
    ),
});
