import { Alert, CopyToClipboard } from '@cloudscape-design/components';
import { useEffect, useState } from 'react';
import type { RequestView } from '../../client/types.ts';
import { useApp } from '../app/app-context.ts';
import { StepHeading } from '../app/heading.tsx';
import { useAttempts } from '../app/use-attempt.ts';
import { RunView } from '../request-page/run-view.tsx';
import { hasEnded, isAtWork, isDone } from '../request-page/states.ts';
import { useRequest } from '../request-page/use-request.ts';
import { WorkModal } from './work-modal.tsx';

interface Props {
  readonly title: string;
  readonly started: RequestView;
  /** Of the plan that was started: who approves needs it, and the API does not tell it again. */
  readonly planHash?: string | undefined;
  readonly onClose: () => void;
}

/** What a dialog shows once its work has begun: the run, then the outcome. CLOSE asks once while it runs (R7, R16). */
export function RunningStep({ title, started, planHash, onClose }: Props) {
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
