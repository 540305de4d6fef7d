import { find } from './dom.ts';
import type { RequestList } from './request-page/request-list.ts';
import type { RequestPage } from './request-page/request-page.ts';

const TITLES = {
  gdpr: 'GDPR console',
  requests: 'Requests - GDPR console',
  request: 'Request - GDPR console',
} as const;
type PageName = keyof typeof TITLES;

/** Shows the page that the address names: `#gdpr`, `#requests` or `#request=<id>`; nothing else stands there (R24). */
export class Router {
  readonly #request: RequestPage;
  readonly #requests: RequestList;
  #isOpen = false;

  constructor(request: RequestPage, requests: RequestList) {
    this.#request = request;
    this.#requests = requests;
    addEventListener('hashchange', () => {
      if (this.#isOpen) this.open();
    });
  }

  /** Shows the page that is asked for, and puts the focus there. */
  open(): void {
    this.close();
    this.#isOpen = true;
    const { name, requestId } = readAddress(location.hash);
    for (const each of Object.keys(TITLES)) find(document, `#${each}`).hidden = each !== name;
    for (const link of document.querySelectorAll('nav a')) {
      if (link.getAttribute('href') === `#${name}`) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    document.title = TITLES[name];
    find(document, `#${name}`).focus({ preventScroll: true });
    if (name === 'request') void this.#request.show(requestId);
    if (name === 'requests') this.#requests.show();
  }

  /** Forgets what was shown. */
  close(): void {
    this.#isOpen = false;
    this.#request.leave();
    this.#requests.leave();
    document.title = TITLES.gdpr;
  }
}

function readAddress(hash: string): { readonly name: PageName; readonly requestId: string } {
  const requestId = /^#request=(.*)$/.exec(hash)?.[1];
  if (requestId !== undefined) return { name: 'request', requestId };
  return { name: hash === '#requests' ? 'requests' : 'gdpr', requestId: '' };
}
