import { Table } from '@cloudscape-design/components';
import type { ReactNode } from 'react';
import { useApp } from './app-context.ts';
import type { TextKey, Texts } from './texts.ts';

/** Text of the head, what a row has below it, and the minimum width; the first column names the row. */
export type Column<Row> = readonly [head: TextKey, cell: (row: Row) => ReactNode, minWidth?: number];

interface Props<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly header?: ReactNode;
}

/** A small table within a page or a dialog; where it is too wide it scrolls by itself. */
export function DataTable<Row>({ label, rows, columns, header }: Props<Row>) {
  const { texts } = useApp();
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      wrapLines
      cellVerticalAlign="top"
      ariaLabels={{ tableLabel: label }}
      header={header}
      items={rows}
      columnDefinitions={columnsOf(texts, columns)}
    />
  );
}

export const columnsOf = <Row,>(texts: Texts, columns: readonly Column<Row>[]) =>
  columns.map(([head, cell, minWidth = 120], index) => ({
    id: head,
    header: texts.say(head),
    cell,
    isRowHeader: index === 0,
    ...(index === 0 ? { minWidth: 160, maxWidth: 260 } : { minWidth }),
  }));
