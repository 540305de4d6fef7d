import { Alert, Button, Checkbox, CopyToClipboard, Modal, SpaceBetween } from '@cloudscape-design/components';
import { type ReactNode, useEffect, useState } from 'react';
import type { Subject } from '../../client/shapes.ts';
import type { RequestView, SubjectsView } from '../../client/types.ts';
import type { ProblemError } from '../app/api.ts';
import { useApp, useAttempts } from '../app/hooks.ts';
import { DataTable, ProblemAlert, StepHeading } from '../app/parts.tsx';
import { RunView, useRequest } from '../request-page/run-view.tsx';
import { hasEnded, isAtWork, isDone } from '../request-page/states.ts';

/** A button below a dialog: what it does, or the id of the form that it sends. */
type Press = { text: string; press: (() => void) | string; disabled?: boolean; busy?: boolean; plain?: boolean };

interface ModalProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly problem?: ProblemError | undefined;
  /** What CLOSE, the cross and the Escape key do. It stands on the left, where no other button ever stands. */
  readonly onClose: () => void;
  readonly close?: string | undefined;
  /** Goes on: on the right, where CLOSE never stands, so that a second press reaches nothing else. */
  readonly next?: Press | false | undefined;
}

/** A dialog of the page; a press outside of it does nothing. */
export function WorkModal({ title, children, problem, onClose, close, next }: ModalProps) {
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

type Account = SubjectsView['accounts'][number];

/** Accounts that the name as it was typed means. */
export const meant = (view: SubjectsView): Account[] => view.accounts.filter((account) => account.meant);

type ChoiceProps = { subject: Subject; view: SubjectsView; chosen: readonly string[]; onChange(names: string[]): void };

/** "Which of these people?": who the name may be, on which Engines, with which devices (R1). Nobody is chosen beforehand. */
export function PersonChoice({ subject, view, chosen, onChange }: ChoiceProps) {
  const { texts } = useApp();
  const accounts = meant(view);
  const tick = (name: string, on: boolean) =>
    onChange(on ? [...chosen, name] : chosen.filter((other) => other !== name));
  const missing = view.missing.map(({ name }) => name).join(', ');
  return (
    <SpaceBetween size="m">
      <StepHeading>{texts.say(`people.title.${accounts.length > 0 ? subject.kind : 'none'}`)}</StepHeading>
      {missing && <Alert type="warning">{texts.say('people.missing', { missing })}</Alert>}
      {accounts.length === 0 ? (
        <Alert type="info">
          {texts.say('people.none', { name: subject.name, tried: view.tried.join(', ') })}
          {view.nearNames.length > 0 && ` ${texts.say('people.near', { names: view.nearNames.join(', ') })}`}
          <Checkbox checked={chosen.length > 0} onChange={({ detail }) => tick(subject.name, detail.checked)}>
            {texts.say('people.anyway', { name: subject.name })}
          </Checkbox>
        </Alert>
      ) : (
        <DataTable
          header={<p>{texts.say('people.choose', { count: accounts.length, name: subject.name })}</p>}
          label={texts.say(`people.title.${subject.kind}`)}
          rows={accounts}
          columns={[
            [
              'people.account',
              ({ name }) => (
                <Checkbox checked={chosen.includes(name)} onChange={({ detail }) => tick(name, detail.checked)}>
                  {name}
                </Checkbox>
              ),
              160,
            ],
            ['people.domain', ({ domain }) => domain ?? '–'],
            ['people.person', ({ portal }) => [portal?.fullName, portal?.department].filter(Boolean).join(', ') || '–'],
            [
              'people.devices',
              ({ devices, deviceCount: count }) =>
                texts.say('people.deviceList', { count, devices: devices.join(', ') }),
            ],
            ['people.engines', ({ engines }) => engines.join(', ')],
            ['people.lastSeen', ({ lastSeen }) => (lastSeen ? texts.day(lastSeen) : '–')],
          ]}
        />
      )}
    </SpaceBetween>
  );
}

type RunningProps = { title: string; started: RequestView; planHash?: string | undefined; onClose: () => void };

/**
 * What a dialog shows once its work has begun: the run, then the outcome. CLOSE asks once while it runs (R7, R16).
 * @param planHash of the plan that was started: who approves needs it, and the API does not tell it again
 */
export function RunningStep({ title, started, planHash, onClose }: RunningProps) {
  const { api, texts, go } = useApp();
  const followed = useRequest(started.requestId, started);
  const { busy, problem, attempt } = useAttempts();
  const [asks, setAsks] = useState(false);
  const [cancelled, setCancelled] = useState(false);
  const { requestId } = started;
  // A reload then leads to the page of the request.
  useEffect(() => history.replaceState(null, '', `#/requests/${requestId}`), [requestId]);
  const view = followed.view ?? started;
  const runs = isAtWork(view.state) && view.state !== 'CANCELLING';
  const leave = (toPage = !hasEnded(view.state)) => {
    onClose();
    go(toPage ? `#/requests/${requestId}` : '#/gdpr');
  };
  const cancel = () =>
    attempt(async () => {
      followed.put(await api.call('cancelRequest', { path: { requestId } }));
      setAsks(false);
      setCancelled(true);
    });
  const isShort = view.state === 'COMPLETED_WITH_ERRORS' && view.kind === 'retrieve';
  const heading = asks && runs ? 'run.ask' : hasEnded(view.state) ? 'run.ended' : 'run.title';
  return (
    <WorkModal
      title={title}
      problem={problem ?? followed.problem}
      onClose={() => (runs && !asks ? setAsks(true) : leave())}
      close={asks && runs ? texts.say('run.keep') : undefined}
      next={
        asks && runs
          ? { text: texts.say(`run.cancel.${view.kind}`), press: cancel, busy, plain: true }
          : isShort && { text: texts.say('action.rerun'), press: () => leave(true), plain: true }
      }
    >
      <StepHeading>{texts.say(heading)}</StepHeading>
      {asks && runs && <Alert type="warning">{texts.say(`run.askText.${view.kind}`)}</Alert>}
      {cancelled && isDone(view.state) && <Alert type="info">{texts.say('run.tooLate')}</Alert>}
      {planHash && view.state === 'AWAITING_APPROVAL' && (
        <Alert type="info" header={texts.say('plan.hash')}>
          <CopyToClipboard
            variant="inline"
            textToCopy={planHash}
            copyButtonAriaLabel={texts.say('copy')}
            copySuccessText={texts.say('copied')}
            copyErrorText={texts.say('notCopied')}
          />
        </Alert>
      )}
      <RunView followed={followed} starts={!cancelled} />
      <p>{texts.say(hasEnded(view.state) ? 'run.found' : 'run.outlives')}</p>
    </WorkModal>
  );
}
