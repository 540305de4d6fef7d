import { GdprError } from '../common/errors.ts';
import type { CheckLoginPorts } from '../engines/check-account.ts';
import { findSubjects, type PortalPerson, type SubjectsBody, type SubjectsView } from '../engines/find-subjects.ts';
import type { AccountPolicy } from '../engines/settings.ts';
import { kinshipOf } from '../requests/subjects/account-name.ts';
import type { PreviewRequestPorts } from './preview-request.ts';

const MAX_PORTAL_MS = 8000;

/** Accounts on Engines and people of the Portal that a name may mean (R1); a Portal that fails is missing. @throws as `findSubjects` */
export async function listSubjects(
  body: SubjectsBody,
  policy: { readonly account: AccountPolicy },
  ports: CheckLoginPorts & Pick<PreviewRequestPorts, 'openPreview'>,
): Promise<SubjectsView> {
  const view = await findSubjects(body, policy, ports);
  try {
    const { portalPreview } = await ports.openPreview();
    const people = await portalPreview.listPeople(body.subject, AbortSignal.timeout(MAX_PORTAL_MS));
    return { ...view, accounts: people.reduce(withPerson, view).accounts };
  } catch (error) {
    const isNamed = error instanceof GdprError || (error as Error).name === 'TimeoutError';
    if (!isNamed) throw error;
    return { ...view, missing: [...view.missing, { name: 'Portal', reason: (error as Error).name }] };
  }
}

function withPerson(view: SubjectsView, { name, ...portal }: PortalPerson): SubjectsView {
  const isSame = (account: string) => ['same', 'alike'].includes(kinshipOf(view.subjectKind, name, account));
  const known = view.accounts.some((account) => isSame(account.name));
  const own = { name, meant: true, engines: [], devices: [], deviceCount: 0, portal };
  const accounts = view.accounts.map((account) => (isSame(account.name) ? { ...account, portal } : account));
  return { ...view, accounts: known ? accounts : [...accounts, own] };
}
