import { Box } from '@cloudscape-design/components';
import { useLayoutEffect, useRef } from 'react';

type Props = { readonly children: string; readonly level?: 'h2' | 'h3' };

/** The heading of a step: it takes the focus when the step is shown, so that no button with a consequence has it. */
export function StepHeading({ children, level = 'h3' }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    place.current?.focus();
    const frame = requestAnimationFrame(() => place.current?.focus()); // a dialog that opens takes the focus first
    return () => cancelAnimationFrame(frame);
  }, [children]);
  return (
    <div ref={place} tabIndex={-1} className="step-heading">
      <Box variant={level}>{children}</Box>
    </div>
  );
}
