import { wireAnonymize } from './anonymize.ts';
import { Api } from './api.ts';
import { find } from './dom.ts';
import { wireLogin } from './login.ts';
import { wireRetrieve } from './retrieve.ts';

const loginPage = find(document, '#login-page');
const consolePage = find(document, '#console-page');
const logOut = find(document, '#log-out');

/** Shows the login first, the console after it (R0). */
function show(loggedIn: boolean): void {
  loginPage.hidden = loggedIn;
  consolePage.hidden = !loggedIn;
  logOut.hidden = !loggedIn;
  if (loggedIn) {
    find(document, '#gdpr').focus({ preventScroll: true });
    return;
  }
  for (const form of consolePage.querySelectorAll('form')) form.reset();
  find(loginPage, '[name=username]').focus();
}

const api = new Api(() => show(false));
wireLogin(api, () => show(true));
wireRetrieve(api);
wireAnonymize(api);
logOut.addEventListener('click', () => {
  api.logOut();
  show(false);
});
show(false);
