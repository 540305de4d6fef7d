import type { Login } from '../../client/types.ts';
import type { Api } from '../api.ts';
import { element, find, list } from '../dom.ts';

/** The part of a dialog that asks for the Nexthink account (R4); its buttons wake when both fields are filled. */
export class AccountForm {
  readonly #form: HTMLFormElement;
  readonly #confirm: string;
  #awaits = false;
  readonly #first: (() => Promise<boolean>) | undefined;

  /**
   * @param confirm text of the button that starts the work
   * @param actions what `Engines List` and that button do; `first`, when given, comes before: the button then says
   *   CONTINUE until it was done
   */
  constructor(
    form: HTMLFormElement,
    confirm: string,
    actions: { list(): Promise<void>; start(): Promise<void>; first?: (() => Promise<boolean>) | undefined },
  ) {
    this.#form = form;
    this.#confirm = confirm;
    this.#first = actions.first;
    this.#await(this.#first !== undefined);
    form.addEventListener('input', () => this.#wake());
    find(form, '.list').addEventListener('click', () => void actions.list());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void (this.#awaits ? this.#goFirst() : actions.start());
    });
  }

  get login(): Login {
    return { username: this.#field('username').value, password: this.#field('password').value };
  }

  /** Hides the form and forgets the password, which has been used. @returns the login for that one use */
  take(): Login {
    const login = this.login;
    this.#field('password').value = '';
    this.#wake();
    this.#form.hidden = true;
    return login;
  }

  /** Comes back to ask for the password again. */
  askAgain(): void {
    this.#form.hidden = false;
    this.#await(this.#first !== undefined);
    this.#field('password').focus();
  }

  /** Shows each Engine and its state; one that is away is shown too, and said to be missing (R5). */
  async showEngines(api: Api): Promise<void> {
    const { engines, federation } = await api.call('listEngines', { body: { login: this.login } });
    const origin =
      federation === 'configured'
        ? 'as the configured federation list names them'
        : 'every Engine that the Portal lists';
    const lines = engines.map(({ name, status, state, findings }) => {
      const missing = state === 'NOT_READY' ? ', will be missing' : '';
      const details = findings.map(({ detail, setting }) => ` ${detail} (${setting}).`);
      return `${name}: ${status}${missing}${details.length > 0 ? '.' : ''}${details.join('')}`;
    });
    find(this.#form, '.engines').replaceChildren(element('p', `Engines: ${engines.length}, ${origin}`), list(lines));
  }

  /** Does what comes first, once however often the button is pressed; the account then stays as it was checked. */
  async #goFirst(): Promise<void> {
    const go = find<HTMLButtonElement>(this.#form, '.go');
    if (go.disabled) return;
    go.disabled = true;
    const done = await this.#first?.();
    go.disabled = false;
    if (done) this.#await(false);
    if (done) go.focus();
  }

  /** Shows what the button does next. */
  #await(first: boolean): void {
    this.#awaits = first;
    const go = find(this.#form, '.go');
    go.textContent = first ? 'CONTINUE' : this.#confirm;
    go.classList.toggle('danger', !first && this.#confirm === 'ANONYMIZE');
    for (const name of ['username', 'password']) this.#field(name).readOnly = this.#first !== undefined && !first;
  }

  #wake(): void {
    const { username, password } = this.login;
    for (const button of this.#form.querySelectorAll('button')) button.disabled = !username || !password;
  }

  #field(name: string): HTMLInputElement {
    return find<HTMLInputElement>(this.#form, `[name=${name}]`);
  }
}
