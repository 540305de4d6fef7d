import { Button, Modal, SpaceBetween } from '@cloudscape-design/components';
import type { ReactNode } from 'react';
import type { ProblemError } from '../app/api.ts';
import { useApp } from '../app/app-context.ts';
import { ProblemAlert } from '../app/problem-alert.tsx';

/** A button below a dialog. */
interface Press {
  readonly text: string;
  /** What it does; with the id of a form it sends that form instead. */
  readonly press: (() => void) | string;
  readonly disabled?: boolean;
  readonly busy?: boolean;
}

interface Props {
  readonly title: string;
  readonly children: ReactNode;
  /** Shown below all else. */
  readonly problem?: ProblemError | undefined;
  /** What CLOSE, the cross and the Escape key do. It stands on the left, where no other button ever stands. */
  readonly onClose: () => void;
  /** Another word for CLOSE. */
  readonly close?: string | undefined;
  /** Goes on: on the right, where CLOSE never stands, so that a second press reaches nothing else. */
  readonly next?: (Press & { readonly plain?: boolean }) | false | undefined;
}

/** A dialog of the page; a press outside of it does nothing. */
export function WorkModal({ title, children, problem, onClose, close, next }: Props) {
  const { texts } = useApp();
  return (
    <Modal
      visible
      size="large"
      closeAriaLabel={texts.say('leave')}
      header={title}
      onDismiss={({ detail }) => detail.reason !== 'overlay' && onClose()}
      footer={
        <div className="dialog-buttons">
          <Button onClick={onClose}>{close ?? texts.say('close')}</Button>
          {next && (
            <Button
              variant={next.plain ? 'normal' : 'primary'}
              loading={next.busy === true}
              disabled={next.disabled === true}
              {...(typeof next.press === 'string'
                ? { form: next.press, formAction: 'submit' as const }
                : { onClick: next.press })}
            >
              {next.text}
            </Button>
          )}
        </div>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ProblemAlert problem={problem} />
      </SpaceBetween>
    </Modal>
  );
}
