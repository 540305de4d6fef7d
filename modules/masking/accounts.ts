/** True when a list entry such as `DOMAIN\name` is the account with this name. */
export function isAccount(entry: string, name: string): boolean {
  const [account, wanted] = [entry.trim().toLowerCase(), name.toLowerCase()];
  const [login, domain] = wanted.split('@');
  const qualified = domain !== undefined && account === `${domain}\\${login}`;
  return account === wanted || qualified || account.endsWith(`\\${wanted}`) || account.split('@')[0] === wanted;
}
