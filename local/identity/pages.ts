import { html, Markup, webPage } from '../web-page.ts';

const errorBox = (text: string | undefined): Markup | undefined =>
  text === undefined ? undefined : html`<p class="error" id="error" role="alert">${text}</p>`;

/** The log-in. @param tried user name of the try that was refused, and why */
export function logInPage(tried?: { readonly username: string; readonly why: string }): string {
  const marks = tried && new Markup(' aria-invalid="true" aria-describedby="error"');
  const focus = (isHere: boolean) => (isHere ? new Markup(' autofocus') : undefined);
  return webPage(
    'Log in',
    html`<p>nexthink-gdpr on this machine. The terminal that started it shows who can log in.</p>
${errorBox(tried?.why)}
<form method="post">
<label>Username
<input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required value="${tried?.username}"${marks}${focus(!tried)}></label>
<label>Password
<input name="password" type="password" autocomplete="current-password" required${marks}${focus(tried !== undefined)}></label>
<button>Log in</button>
</form>`,
  );
}

/** A log-in cannot go on. @param code such as `invalid_request` */
export const refusedPage = (what: string, code?: string): string =>
  webPage(
    'The log-in cannot go on',
    html`${errorBox(what)}
<p>Go back to the console and log in again: <a href="/">open the console</a>.</p>
${code === undefined ? undefined : html`<p class="note">Code: ${code}</p>`}`,
  );

/** Asks before the log-out. @param form markup of the provider, with the id `op.logoutForm` */
export const logOutPage = (form: string): string =>
  webPage(
    'Log out?',
    html`${new Markup(form)}
<p>You are logged in to nexthink-gdpr on this machine.</p>
<button form="op.logoutForm" name="logout" value="yes" autofocus>Log out</button>
<button form="op.logoutForm" class="plain">Stay logged in</button>`,
  );

/** After a log-out that leads nowhere else. */
export const loggedOutPage = (): string =>
  webPage('Logged out', html`<p><a href="/">Open the console</a> to log in again.</p>`);
