import { StatusIndicator, type StatusIndicatorProps } from '@cloudscape-design/components';
import type { ReactNode } from 'react';

/** A sign with words beside it, which break between two words only. */
export const Status = ({
  look,
  children,
}: {
  readonly look: StatusIndicatorProps.Type;
  readonly children: ReactNode;
}) => (
  <span className="status">
    <StatusIndicator type={look} />
    <span>{children}</span>
  </span>
);
