import { ExpandableSection } from '@cloudscape-design/components';
import type { ReactNode } from 'react';

interface Props {
  readonly lines: readonly ReactNode[];
  /** Of a section that is opened by a press; without it the list stands by itself. */
  readonly title?: string;
  readonly open?: boolean;
  /** Language of lines that come from the API. */
  readonly lang?: 'en';
}

/** A list with a line for each; nothing when there is none. */
export function LineList({ lines, title, open = false, lang }: Props) {
  if (lines.length === 0) return null;
  const list = (
    <ul className="lines" lang={lang}>
      {lines.map((line, index) => (
        <li key={String(index)}>{line}</li>
      ))}
    </ul>
  );
  if (title === undefined) return list;
  return (
    <ExpandableSection headerText={title} defaultExpanded={open}>
      {list}
    </ExpandableSection>
  );
}
