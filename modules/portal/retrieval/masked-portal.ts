import type { StandIns } from '../../masking/stand-ins.ts';
import type { PortalMapping } from '../mapping/mapping.ts';
import type { PortalDatabase, PortalRows } from '../ports.ts';

type PortalTreatment = 'keep' | 'name' | 'hide';

/** Columns mapped as user names get stand-ins; other identifiers of users, and text that may mention anybody, are hidden. */
export const maskedPortal = (database: PortalDatabase, mapping: PortalMapping, names: StandIns): PortalDatabase => ({
  async *readSubject(subject, signal) {
    for await (const rows of database.readSubject(subject, signal)) {
      const treatments = treatmentsOf(rows, mapping, names.subjectKind);
      yield { ...rows, batches: maskBatches(rows.batches, treatments, names) };
    }
  },
});

/** One treatment for each column. A file that is not in the mapping is hidden completely. */
function treatmentsOf(
  { file, columns }: PortalRows,
  mapping: PortalMapping,
  subject: StandIns['subjectKind'],
): readonly PortalTreatment[] {
  const described = mapping.files.find((candidate) => candidate.file === file);
  return columns.map((header) => {
    const column = described?.columns.find((candidate) => candidate.header === header);
    const mapped = mapping.tables.find(({ table }) => table === (column?.table ?? described?.from));
    if (!column || !described) return 'hide';
    if (!mapped) return 'keep';
    const name = mapped.names.find((candidate) => candidate.column === column.column);
    if (name) return name.holds === 'user' ? 'name' : 'keep';
    const besides = mapped.coIdentifiers.filter((candidate) => candidate.column === column.column);
    const ofUsers = besides.some(({ beside }) =>
      mapped.names.some((candidate) => candidate.column === beside && candidate.holds === 'user'),
    );
    if (ofUsers) return subject === 'user' ? 'keep' : 'hide';
    const mayMentionAnybody = [...mapped.freeText, ...mapped.json, ...mapped.arrays].includes(column.column);
    return mayMentionAnybody ? 'hide' : 'keep';
  });
}

async function* maskBatches(
  batches: PortalRows['batches'],
  treatments: readonly PortalTreatment[],
  names: StandIns,
): AsyncGenerator<readonly (readonly (string | null)[])[]> {
  for await (const rows of batches) {
    yield rows.map((row) =>
      row.map((cell, at) => {
        const treatment = treatments[at] ?? 'hide';
        return cell === null || treatment === 'keep' ? cell : names[treatment](cell);
      }),
    );
  }
}
