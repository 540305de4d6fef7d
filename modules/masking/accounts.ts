import { kinshipOf } from '../requests/subjects/account-name.ts';

/** True when an entry, such as `DOMAIN\name` or `AzureAD\name@domain`, is the account with this name. */
export function isAccount(entry: string, name: string): boolean {
  const account = entry.trim();
  const forms = [account, account.slice(account.indexOf('\\') + 1)];
  return forms.some((form) => ['same', 'alike'].includes(kinshipOf('user', name, form)));
}
