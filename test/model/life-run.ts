import { openRequest, reopenRequest } from '../../modules/engines/open-request.ts';
import { closeRequest } from '../../modules/lifecycle/close-request.ts';
import { anonymizePortal } from '../../modules/portal/anonymize-portal.ts';
import { verifyPortal } from '../../modules/portal/verify-portal.ts';
import { refuseCancelled } from '../../modules/requests/cancellation.ts';
import type { RequestKind } from '../../modules/requests/subject.ts';
import type { ModelPorts } from './life-ports.ts';
import { KilledError } from './scheduler.ts';

interface Attempt {
  readonly requestId: string;
  readonly attempt: number;
}
type Task = <T>(name: string, work: (ports: ModelPorts) => Promise<T>) => Promise<T>;

/** The Tasks of a state machine, in the order and with the catches of statemachines/. */
export async function runOf(kind: RequestKind, attempt: Attempt, task: Task): Promise<void> {
  const error = await (kind === 'anonymize' ? anonymizes(attempt, task) : retrieves(attempt, task)).then(
    () => undefined,
    ({ name }: Error) => name,
  );
  await task('close', (ports) => closeRequest({ ...attempt, error }, ports));
}

async function anonymizes(attempt: Attempt, task: Task): Promise<void> {
  const open = attempt.attempt === 1 ? openRequest : reopenRequest;
  await task('open', (ports) => open(attempt, ports));
  const anonymize = (name: string) => task(name, (ports) => anonymizePortal(attempt, ports));
  await anonymize('anonymize').catch((error: unknown) => {
    if (error instanceof KilledError) return anonymize('anonymize again');
    throw error;
  });
  await task('verify', (ports) => verifyPortal(attempt, ports));
}

/**
 * Stands in for the workers of a retrieval: they change the Request as the real ones do, without an Engine. The first
 * attempt misses one of two Engines, the second has it.
 */
async function retrieves({ requestId, attempt }: Attempt, task: Task): Promise<void> {
  await task('open', async ({ requests, vault }) => {
    await requests.transition(requestId, 'RUNNING', {}, { attempt });
    await vault.open(requestId, 'login');
  });
  await task('query', async ({ requests, vault }) => {
    await vault.open(requestId, 'login');
    await refuseCancelled({ requestId, attempt }, requests);
    const source = { source: 'engine', rows: 1, bytes: 1 } as const;
    const second = attempt === 1 ? 'TIMED_OUT' : 'DONE';
    await requests.putProgress(requestId, { ...source, sourceId: 'a', name: 'a', state: 'DONE' });
    await requests.putProgress(requestId, { ...source, sourceId: 'b', name: 'b', state: second });
  });
  await task('merge', async ({ requests }) => {
    await requests.transition(requestId, 'MERGING', {}, { attempt });
    await refuseCancelled({ requestId, attempt }, requests);
    const archive = { archiveKey: `archives/${requestId}/${attempt}/gdpr-data.tar.gz`, byteLength: 1 };
    await requests.note(requestId, { archive: { ...archive, expiresAt: '2026-12-01T08:00:00Z' } }, { attempt });
  });
}
