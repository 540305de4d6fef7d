import { Api } from './api.ts';
import { find, showProblem } from './dom.ts';
import { RequestList } from './request-page/request-list.ts';
import { RequestPage } from './request-page/request-page.ts';
import { Router } from './router.ts';
import { wireAnonymize } from './work-dialog/anonymize.ts';
import { wireRetrieve } from './work-dialog/retrieve.ts';

const loginPage = find(document, '#login-page');
const consolePage = find(document, '#console-page');
const logOut = find(document, '#log-out');

/** Shows the login first, the page that the address names after it (R0). */
function show(loggedIn: boolean): void {
  loginPage.hidden = loggedIn;
  consolePage.hidden = !loggedIn;
  logOut.hidden = !loggedIn;
  if (loggedIn) {
    router.open();
    return;
  }
  router.close();
  for (const form of consolePage.querySelectorAll('form')) form.reset();
  find(loginPage, '[name=username]').focus();
}

const api = new Api(() => show(false));
const router = new Router(new RequestPage(api), new RequestList(api));
wireLogin(api, () => show(true));
wireRetrieve(api);
wireAnonymize(api);
logOut.addEventListener('click', () => {
  api.logOut();
  show(false);
});
show(false);

/**
 * Wires the console's own login (R0), apart from the Nexthink account that the dialogs ask for.
 * @param onLogin called once the API gave a token
 */
function wireLogin(api: Api, onLogin: () => void): void {
  const form = find<HTMLFormElement>(document, '#login');
  const problem = find(form, '.problem');
  const button = find<HTMLButtonElement>(form, 'button');
  const username = find<HTMLInputElement>(form, '[name=username]');
  const password = find<HTMLInputElement>(form, '[name=password]');

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    problem.replaceChildren();
    try {
      await api.logIn(username.value, password.value);
      onLogin();
    } catch (error) {
      showProblem(problem, error);
      password.focus();
    } finally {
      password.value = '';
      button.disabled = false;
    }
  });
}
