import type { EnginesView, Login } from '../core/model.ts';
import { element, find, list } from './dom.ts';

/** The part of a dialog that asks for the Nexthink account (R4); its buttons wake when both fields are filled. */
export class AccountForm {
  readonly #form: HTMLFormElement;

  /**
   * @param confirm text of the button that starts the work
   * @param actions what `Engines List` and that button do
   */
  constructor(form: HTMLFormElement, confirm: string, actions: { list(): Promise<void>; start(): Promise<void> }) {
    this.#form = form;
    find(form, '.go').textContent = confirm;
    find(form, '.go').classList.toggle('danger', confirm === 'ANONYMIZE');
    form.addEventListener('input', () => this.#wake());
    find(form, '.list').addEventListener('click', () => void actions.list());
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void actions.start();
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
    this.#field('password').focus();
  }

  /** Shows each Engine and its state; one that is away is shown too, and said to be missing (R5). */
  showEngines({ engines, federation }: EnginesView): void {
    const origin =
      federation === 'configured'
        ? 'as the configured federation list names them'
        : 'every Engine that the Portal lists';
    const lines = engines.map(({ name, status }) =>
      status === 'CONNECTED' ? `${name}: ${status}` : `${name}: ${status}, will be missing`,
    );
    find(this.#form, '.engines').replaceChildren(element('p', `Engines: ${engines.length}, ${origin}`), list(lines));
  }

  #wake(): void {
    const { username, password } = this.login;
    for (const button of this.#form.querySelectorAll('button')) button.disabled = !username || !password;
  }

  #field(name: string): HTMLInputElement {
    return find<HTMLInputElement>(this.#form, `[name=${name}]`);
  }
}
