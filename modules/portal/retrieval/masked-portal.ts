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
    if (!column || !described) return 'hide';
    const mapped = mapping.tables.find(({ table }) => table === (column.table ?? described.from));
    if (!mapped) return 'keep';
    const holds = (name: string) => mapped.names.find((each) => each.column === name)?.holds;
    const held = holds(column.column);
    if (held) return held === 'user' ? 'name' : 'keep';
    const ofUsers = mapped.coIdentifiers.some((each) => each.column === column.column && holds(each.beside) === 'user');
    if (ofUsers) return subject === 'user' ? 'keep' : 'hide';
    return [...mapped.freeText, ...mapped.json, ...mapped.arrays].includes(column.column) ? 'hide' : 'keep';
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
