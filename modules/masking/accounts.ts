/** True when an entry of a list of accounts, such as `DOMAIN\name`, is the account of this name. */
export function isAccount(entry: string, name: string): boolean {
  const [account, wanted] = [entry.trim().toLowerCase(), name.toLowerCase()];
  const [login, domain] = wanted.split('@');
  const qualified = domain !== undefined && account === `${domain}\\${login}`;
  return account === wanted || qualified || account.endsWith(`\\${wanted}`) || account.split('@')[0] === wanted;
}
