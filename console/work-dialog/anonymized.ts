import type { Retained } from '../../client/shapes.ts';
import type { RequestView } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { button, element, list } from '../dom.ts';

/** Stores of a certificate's `retained`, in words. */
const STORES: Readonly<Record<string, string>> = {
  engines:
    'The Engines, which cannot anonymize. Remove the device from them, or switch on the anonymization in traffic ' +
    'redirection, so that they no longer receive the name',
  'portal-backups': 'Backups of the Portal that were made before now',
  'portal-wal': "The write-ahead log of the Portal's database, its archive and replicas",
  'portal-history-files': 'The history files of the Portal on its appliance, which no change of its database reaches',
  'portal-pages': "Old row versions in the Portal's database",
  'portal-accounts': 'A login account of the Portal',
  'portal-catalog': "A place of the Portal's database that no change of rows reaches",
  'own-archives': 'An archive that this system made of the same subject',
};
/** Stores whose `why` tells more than their name: the place, or the archive. */
const TELLS_WHERE = ['portal-pages', 'portal-accounts', 'portal-catalog', 'own-archives'];

const inWords = ({ store, why, until, places = [] }: Retained): string => {
  const where = TELLS_WHERE.includes(store) ? ` (${[places.join(', '), why].filter(Boolean).join(': ')})` : '';
  return `${STORES[store] ?? store}${where}: ${until === null ? 'until when is not configured' : `until ${until}`}.`;
};

/** Where an outcome is shown: a dialog, or the page of a Request. */
interface OutcomePlace {
  readonly api: Api;
  tell(...nodes: Node[]): void;
  attempt(call: () => Promise<void>): Promise<void>;
}

export function doneNodes({ subjectKind, receipt }: RequestView): HTMLElement[] {
  const tables = Object.entries(receipt?.rowsByTable ?? {}).filter(([, count]) => count > 0);
  const rows = tables.reduce((sum, [, count]) => sum + count, 0);
  if (receipt && rows === 0) return [element('p', 'Nothing was found under that name in the Portal.')];
  const again = receipt?.residue ? ` But the name is there again ${receipt.residue} times: anonymize it again.` : '';
  return [
    element('p', `The ${subjectKind} is anonymized in the Portal.${again}`),
    element('p', `Rows changed: ${rows.toLocaleString('en')}.`),
    list(tables.map(([table, count]) => `${table}: ${count.toLocaleString('en')}`)),
  ];
}

/** Says what was done, what still holds the name and until when (R17), and hands out the proof (R27). */
export function showAnonymized(view: RequestView, place: OutcomePlace): void {
  const done = doneNodes(view);
  place.tell(...done);
  if (view.state === 'COMPLETED_WITH_ERRORS') return; // no certificate
  void place.attempt(async () => {
    const signed = await place.api.call('getCertificate', { path: { requestId: view.requestId } });
    place.tell(
      ...done,
      element('p', 'The name may still be held by:'),
      list(signed.certificate.retained.map(inWords)),
      proofButtons(view.requestId, JSON.stringify(signed, null, 2), place),
    );
  });
}

/** The certificate as a file, and the key of its commitment, which the API gives once. */
function proofButtons(requestId: string, certificate: string, place: OutcomePlace): HTMLElement {
  const save = button('SAVE CERTIFICATE', '', () => saveFile(`gdpr-certificate-${requestId}.json`, certificate));
  const key = button('SAVE ITS KEY', '', () => {
    key.disabled = true;
    void place.attempt(async () => {
      const nonce = await place.api.call('takeNonce', { path: { requestId } });
      saveFile(`gdpr-certificate-${requestId}.key.json`, JSON.stringify(nonce));
    });
  });
  key.title = 'Given once: with it and the name anybody can check whom the certificate is about. Keep it safe.';
  return element('p', place.api.may(['gdpr.anonymize']) ? [save, ' ', key] : save);
}

function saveFile(name: string, text: string): void {
  const link = element('a', '');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
