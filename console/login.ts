import type { Api } from './api.ts';
import { find, showProblem } from './dom.ts';

/**
 * Wires the console's own login (R0), apart from the Nexthink account that the dialogs ask for.
 * @param onLogin called once the API gave a token
 */
export function wireLogin(api: Api, onLogin: () => void): void {
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
